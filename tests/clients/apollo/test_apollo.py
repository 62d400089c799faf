"""Apollo Client: history, sending, fresh tokens, files and what is live, each as docs/clients.md shows it."""

from pathlib import Path
from typing import Any

import pytest

from tests.clients.conftest import expired, lost_cursor, needs_npm, play
from tests.live.process import Person

CHAT = Path(__file__).with_name("chat.mjs")
BODIES = "query($id: ID!) { conversation(id: $id) { messages { nodes { body } } } }"

pytestmark = needs_npm


@pytest.fixture
def group(alice: Person, bob: Person) -> str:
    return alice.gather(bob)


def bodies(person: Person, conversation: str) -> list[str]:
    return [one["body"] for one in person.ask(BODIES, id=conversation)["conversation"]["messages"]["nodes"]]


def codes(wire: list[dict[str, Any]]) -> list[str]:
    return [code for one in wire for code in one["codes"]]


def test_history_is_walked_backwards_while_others_write(alice: Person, bob: Person, group: str) -> None:
    before = [str(number) for number in range(1, 46)]
    bob.say(group, *before)
    assert play(CHAT, "walk", alice, conversation=group) == [*before, "meanwhile"]


def test_a_message_is_seen_at_once_and_sent_once_though_its_answer_is_lost(alice: Person, group: str) -> None:
    assert play(CHAT, "send", alice, conversation=group) == [[], ["(hello)"], ["hello"]]
    assert bodies(alice, group) == ["hello"]


def test_a_refused_message_goes_from_the_screen(alice: Person, bob: Person, group: str) -> None:
    bob.say(group, "hello")
    seen = play(CHAT, "refuse", alice, conversation=group)
    assert seen == {"codes": ["BAD_USER_INPUT"], "shown": [["hello"], ["hello", "( )"], ["hello"]]}


def test_an_expired_token_is_changed_for_a_fresh_one(alice: Person, bob: Person, group: str) -> None:
    bob.say(group, "hello")
    seen = play(CHAT, "refresh", alice, conversation=group, stale=expired(alice))
    assert (seen["username"], seen["shown"], seen["isFresh"]) == (alice.username, [["hello"]], True)
    assert codes(seen["wire"]).count("UNAUTHENTICATED") == 2


def test_what_is_refused_with_the_fresh_token_too_is_an_error(alice: Person) -> None:
    seen = play(CHAT, "refreshInVain", alice, stale=expired(alice))
    assert seen["refused"] == "UNAUTHENTICATED"
    assert codes(seen["wire"]).count("UNAUTHENTICATED") == 2


def test_a_file_is_sent(alice: Person, group: str) -> None:
    seen = play(CHAT, "upload", alice, conversation=group)
    assert seen == {"filename": "minutes.txt", "content": "what was said"}


def test_who_is_cut_off_hears_everything_once(alice: Person, bob: Person, group: str) -> None:
    seen = play(CHAT, "follow", alice, conversation=group, other=bob.username)
    said = ["before", "while away", "after"]
    assert [event for event in seen["heard"] if event in said] == said
    assert seen["heard"].count("CaughtUp") == 2
    assert seen["shown"] == said


def test_who_has_missed_too_much_reads_anew_and_goes_on(alice: Person, bob: Person, group: str) -> None:
    seen = play(CHAT, "resync", alice, conversation=group, other=bob.username, lost=lost_cursor())
    assert seen == ["missed", "after"]


def test_a_document_goes_over_the_wire_once(alice: Person) -> None:
    assert play(CHAT, "persist", alice) == [
        {"method": "GET", "codes": ["PERSISTED_QUERY_NOT_FOUND"]},
        {"method": "POST", "codes": []},
        {"method": "GET", "codes": []},
    ]
