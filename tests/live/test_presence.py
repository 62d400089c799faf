"""Presence: who was seen in the last 90 seconds is online; written at most once a minute, told when it changes."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from tests.conftest import Door, enter, join
from tests.live.process import Line, Message, Person, Process

SEEN = "query($name: String!) { user(username: $name) { isOnline lastSeenAt } }"
PRESENCE = """subscription($after: String, $conversationId: ID) {
  events(after: $after, conversationId: $conversationId) {
    __typename cursor sequence conversation { id }
    ... on PresenceChanged { user { username isOnline } } } }"""
ONLINE = "query($online: Boolean) { users(filters: {isOnline: $online}) { nodes { username } } }"


def listen(line: Line, cursor: str, **arguments: str) -> None:
    line.subscribe(query=PRESENCE, after=cursor, **arguments)
    assert line.event(but="")["__typename"] == "CaughtUp"


def seen(event: Message) -> tuple[str, str, bool]:
    return event["__typename"], event["user"]["username"].partition("-")[0], event["user"]["isOnline"]


def set_back(person: Person, seconds: int) -> None:
    """As if they had not been seen for so long."""
    imports = "from datetime import timedelta; from django.utils import timezone; from accounts.models import User"
    update = f"update(last_seen_at=timezone.now() - timedelta(seconds={seconds}))"
    row = f"User.objects.filter(username={person.username!r})"
    person.process.manage("shell", "-v0", "-c", f"{imports}; {row}.{update}")


@pytest.fixture
def dave(db: None) -> Door:
    return enter(join("dave", last_seen_at=None))


# ── what is written ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_who_asks_for_something_is_here(alice, dave):
    assert alice.ask(SEEN, name="dave")["user"] == {"isOnline": False, "lastSeenAt": None}
    dave.ask("{ me { id } }")
    user = alice.ask(SEEN, name="dave")["user"]
    assert user["isOnline"] is True
    assert user["lastSeenAt"] is not None


def test_one_sees_oneself_online_at_once(dave):
    assert dave.ask("{ me { isOnline } }")["me"]["isOnline"] is True


def test_it_is_written_once_a_minute_at_most(dave):
    def writes() -> int:
        with CaptureQueriesContext(connection) as captured:
            dave.ask("{ me { id } }")
        return sum("UPDATE" in query["sql"] for query in captured)

    with time_machine.travel(timezone.now(), tick=False) as clock:
        assert [writes(), writes()] == [1, 0]
        clock.shift(59)
        assert writes() == 0
        clock.shift(1)
        assert [writes(), writes()] == [1, 0]


def test_after_ninety_seconds_one_is_gone(alice, bob):
    now = timezone.now()
    with time_machine.travel(now, tick=False) as clock:
        User.objects.filter(username="bob").update(last_seen_at=now)
        clock.shift(89)
        assert alice.ask(SEEN, name="bob")["user"]["isOnline"] is True
        assert alice.ask(ONLINE, online=True)["users"]["nodes"] == [{"username": "alice"}, {"username": "bob"}]
        clock.shift(1)
        assert alice.ask(SEEN, name="bob")["user"]["isOnline"] is False
        assert alice.ask(ONLINE, online=True)["users"]["nodes"] == [{"username": "alice"}]
        assert alice.ask(ONLINE, online=False)["users"]["nodes"] == [{"username": "bob"}]
        assert len(alice.ask(ONLINE, online=None)["users"]["nodes"]) == 2


def test_who_was_never_here_is_not_online(alice, dave):
    assert alice.ask(ONLINE, online=False)["users"]["nodes"] == [{"username": "dave"}]


def test_a_refused_token_is_nobodys_presence(alice, dave):
    Door(token="nonsense").post("{ me { id } }")
    assert alice.ask(SEEN, name="dave")["user"]["lastSeenAt"] is None


# ── what is told ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_who_comes_online_is_told_to_those_who_share_a_conversation(process: Process) -> None:
    alice, bob, charlie = (process.register(name) for name in ("alice", "bob", "charlie"))
    set_back(alice, 1_000)
    group = bob.gather(alice)
    with bob.dial() as bobs, charlie.dial() as charlies:
        listen(bobs, bob.cursor())
        listen(charlies, charlie.cursor())
        alice.cursor()
        event = bobs.event(but="")
        assert seen(event) == ("PresenceChanged", "alice", True)
        assert (event["cursor"], event["sequence"], event["conversation"]) == (None, None, None)
        alice.say(group, "hello")
        assert bobs.event(but="")["__typename"] == "MessageSent"  # told once, however often one asks
        charlie.gather(alice)
        assert charlies.event(but="")["__typename"] == "ConversationStarted"  # and of alice, nothing


def test_who_is_connected_is_here(process: Process) -> None:
    alice, bob = process.register("alice"), process.register("bob")
    set_back(alice, 1_000)
    bob.gather(alice)
    with bob.dial() as line:
        listen(line, bob.cursor())
        with alice.dial():
            assert seen(line.event(but="")) == ("PresenceChanged", "alice", True)


def test_who_is_seen_no_more_goes_offline(process: Process) -> None:
    alice, bob = process.register("alice"), process.register("bob")
    set_back(alice, 1_000)
    bob.gather(alice)
    with bob.dial() as line:
        listen(line, bob.cursor())
        alice.cursor()
        assert seen(line.event(but="")) == ("PresenceChanged", "alice", True)
        set_back(alice, 89)
        assert seen(line.event(but="")) == ("PresenceChanged", "alice", False)


def test_who_listens_to_one_conversation_hears_of_that_alone(process: Process) -> None:
    alice, bob = process.register("alice"), process.register("bob")
    set_back(alice, 1_000)
    group = bob.gather(alice)
    with bob.dial() as line:
        listen(line, bob.cursor(), conversationId=group)
        alice.cursor()
        alice.say(group, "hello")
        assert line.event(but="")["__typename"] == "MessageSent"
