"""Relay, as docs/clients.md shows it: compiled with the committed schema, bundled, and run."""

from pathlib import Path

import pytest

from tests.clients.conftest import expired, lost_cursor, needs_npm, play, run_tool, workshop
from tests.live.process import Person

pytestmark = needs_npm


@pytest.fixture(scope="session")
def chat(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """chat.js, for node."""
    folder = workshop(tmp_path_factory.mktemp("relay"), "relay")
    run_tool(folder, "relay-compiler")
    run_tool(folder, "vite build --logLevel warn --ssr chat.js")
    return folder / "dist" / "chat.js"


@pytest.fixture
def group(alice: Person, bob: Person) -> str:
    return alice.gather(bob)


def test_history_is_walked_backwards_by_node(chat: Path, alice: Person, bob: Person, group: str) -> None:
    bodies = [str(number) for number in range(1, 46)]
    bob.say(group, *bodies)
    assert play(chat, "walk", alice, conversation=group) == {"pages": [20, 40, 45], "shown": bodies}


def test_a_message_is_seen_at_once_and_a_refused_one_goes(chat: Path, alice: Person, group: str) -> None:
    assert play(chat, "send", alice, conversation=group) == {
        "shown": [[], ["(hello)"], ["hello"], ["hello", "( )"], ["hello"]], "codes": ["BAD_USER_INPUT"],
    }  # fmt: skip


def test_an_expired_token_is_changed_for_a_fresh_one(chat: Path, alice: Person, group: str) -> None:
    seen = play(chat, "refresh", alice, conversation=group, stale=expired(alice))
    assert seen == {"title": "team", "isFresh": True}


def test_who_is_cut_off_hears_everything_once(chat: Path, alice: Person, bob: Person, group: str) -> None:
    seen = play(chat, "follow", alice, conversation=group, other=bob.username)
    assert seen["shown"] == ["before", "while away", "after"]
    assert seen["heard"].count("MessageSent") == 3
    assert seen["heard"].count("CaughtUp") == 2


def test_who_has_missed_too_much_is_told_so_and_goes_on(chat: Path, alice: Person, group: str) -> None:
    assert play(chat, "resync", alice, conversation=group, lost=lost_cursor()) == {
        "heard": ["ResyncRequired", "CaughtUp", "MessageSent"], "shown": ["after"],
    }  # fmt: skip
