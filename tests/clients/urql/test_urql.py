"""urql, as docs/clients.md shows it: queries by GET, files, fresh tokens, and what is live."""

from pathlib import Path

import pytest

from tests.clients.conftest import expired, lost_cursor, needs_npm, play
from tests.live.process import Person

CHAT = Path(__file__).with_name("chat.mjs")

pytestmark = needs_npm


@pytest.fixture
def group(alice: Person, bob: Person) -> str:
    return alice.gather(bob)


def test_queries_go_by_get_and_mutations_by_post(alice: Person, bob: Person, group: str) -> None:
    bob.say(group, "good morning")
    assert play(CHAT, "readAndWrite", alice, conversation=group) == {
        "methods": ["GET", "POST", "GET"], "last": ["good morning", "hello"], "sequence": 2,
    }  # fmt: skip


def test_a_message_whose_answer_is_lost_is_sent_once(alice: Person, group: str) -> None:
    assert play(CHAT, "sendAgain", alice, conversation=group) == 1
    assert alice.ask("{ conversations { nodes { lastSequence } } }") == {
        "conversations": {"nodes": [{"lastSequence": 1}]}
    }


def test_a_file_is_uploaded(alice: Person) -> None:
    assert play(CHAT, "upload", alice) == "what was said"


def test_an_expired_token_is_changed_for_a_fresh_one(alice: Person, group: str) -> None:
    seen = play(CHAT, "refresh", alice, stale=expired(alice))
    assert [one["codes"] for one in seen["wire"]] == [["UNAUTHENTICATED"], []]
    assert (seen["titles"], seen["isFresh"]) == (["team"], True)


def test_who_is_cut_off_hears_everything_once(alice: Person, bob: Person, group: str) -> None:
    heard = play(CHAT, "follow", alice, conversation=group, other=bob.username)
    said = ["before", "while away", "after"]
    assert [event for event in heard if event in said] == said
    assert heard.count("CaughtUp") == 2


def test_who_has_missed_too_much_is_told_so_and_goes_on(alice: Person, bob: Person, group: str) -> None:
    heard = play(CHAT, "resync", alice, conversation=group, other=bob.username, lost=lost_cursor())
    assert heard == ["ResyncRequired", "CaughtUp", "after"]
