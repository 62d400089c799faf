"""Row 45, in small: who reads slowly holds nobody up, is not waited for, and misses nothing. benchmarks/slow_reader.py
has the figures."""

import socket
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from messaging.live import Reader
from messaging.threads import Threads
from schema.documents import operation_from
from schema.live.delivery import Response, deliver
from schema.live.selections import Selection
from schema.live.streams import Stream
from tests.conftest import Door
from tests.live.process import EVENTS, Line, Person, Process

LARGE = EVENTS.replace("message { body", "message { body " + " ".join(f"again{n}: body" for n in range(14)))
SIZE, COUNT = 10_000, 40  # characters, fifteen times in each event: six megabytes


class SlowLine(Line):
    """One of somebody who takes a few kilobytes and then nothing, until they are asked for."""

    def __init__(self, person: Person) -> None:
        narrow = socket.socket()
        narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        narrow.connect(("127.0.0.1", person.process.port))
        super().__init__(person.dial(sock=narrow, max_queue=1, compression=None).socket)


@pytest.mark.row(45)
def test_who_reads_slowly_holds_nobody_up_and_misses_nothing(process: Process) -> None:
    alice, bob, charlie = (process.register(name) for name in ("alice", "bob", "charlie"))
    group, cursor = alice.gather(bob, charlie), alice.cursor()
    slow = SlowLine(alice)
    slow.subscribe(query=LARGE, after=cursor)
    with bob.dial() as quick:
        quick.listen(after=cursor)
        for number in range(COUNT):
            charlie.say(group, str(number).ljust(SIZE, "."))
            assert number_of(next_message(quick)) == number
    seen: list[int] = []
    while len(seen) < COUNT:
        try:
            event = next_message(slow)
        except ConnectionClosed:  # it was not waited for, and comes back
            slow = SlowLine(alice)
            slow.subscribe(query=LARGE, after=cursor)
            continue
        cursor = event["cursor"]
        seen.append(number_of(event))
    slow.socket.close()
    assert seen == list(range(COUNT))


def next_message(line: Line) -> dict[str, Any]:
    event = line.event()
    return event if event["__typename"] == "MessageSent" else next_message(line)


def number_of(event: dict[str, Any]) -> int:
    return int(event["message"]["body"].rstrip("."))


@pytest.mark.row(45)
def test_what_waits_for_a_slow_client_is_bounded(alice: Door, settings: Any) -> None:
    threads, selection = Threads(), Selection(operation_from({"query": EVENTS}))
    stream = Stream(Reader(threads, deliver, lambda _: None), threads, alice.person, selection)
    limit = settings.LIVE_LIMITS["buffer"]
    waiting = []
    for position in range(10_000):
        stream.hand(Response("x" * 1_000, position))
        waiting.append(sum(len(response.body) for response in stream._buffer))
    assert limit - 1_000 < max(waiting) <= limit
    assert waiting[-1] == 0  # all of it is read from the database when it comes to it, or is too much to be read
