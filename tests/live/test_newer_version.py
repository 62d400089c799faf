"""While a newer version is put in place it may write events that an older process does not know: none is lost."""

from tests.live.process import COMPLETE, Person, Process, Stream

WRITE = """
from django.utils import timezone
from messaging import feed
from messaging.models import Conversation
from schema import ids
with feed.locking(ids.key(Conversation, {conversation!r})) as locked:
    feed.record(locked, "PollOpened", timezone.now())
"""
POLL = "query($after: String!) { events(after: $after) { events { __typename } } }"
RESTARTS = 1012


def write_unknown(person: Person, conversation: str) -> None:
    person.process.manage("shell", "-v0", "-c", WRITE.format(conversation=conversation))


def test_who_cannot_be_told_is_sent_to_another_process_and_nobody_else(process: Process) -> None:
    alice, bob, charlie = (process.register(name) for name in ("alice", "bob", "charlie"))
    group, other = alice.gather(bob), bob.gather(charlie)
    cursor = alice.cursor()
    with alice.dial() as socket, Stream(process, alice.header, after=cursor) as stream, charlie.dial() as stays:
        socket.listen(after=cursor)
        assert stream.event()["__typename"] == "CaughtUp"
        stays.listen(after=cursor)
        alice.say(group, "before")
        assert socket.event()["message"]["body"] == stream.event()["message"]["body"] == "before"
        write_unknown(alice, group)
        assert socket.ended() == ([], RESTARTS)
        assert COMPLETE not in stream.rest()
        bob.say(other, "still there?")
        assert stays.event()["message"]["body"] == "still there?"


def test_whoever_comes_back_to_the_old_process_is_told_nothing_out_of_order(process: Process) -> None:
    alice, bob = (process.register(name) for name in ("alice", "bob"))
    group = alice.gather(bob)
    cursor = alice.cursor()
    write_unknown(alice, group)
    alice.say(group, "after")
    with alice.dial() as socket:
        socket.subscribe(after=cursor)
        assert socket.ended() == ([], RESTARTS)
    (error,) = process.answer(POLL, {"after": cursor}, **alice.header)["errors"]
    assert error["extensions"]["code"] == "UNAVAILABLE"
    logged = process.log.read_text()
    assert (logged.count("PollOpened"), logged.count("Traceback")) == (1, 0)
