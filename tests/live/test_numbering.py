"""Numbered after the commit: whoever reads `position > last` misses nothing, whatever the writers do meanwhile."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from messaging import feed, services
from messaging.models import Conversation, Event
from tests.conftest import Door
from tests.messaging.operations import gather, key
from tests.races import on_postgresql

pytestmark = [pytest.mark.django_db(transaction=True), on_postgresql]

CONVERSATIONS = 5
WRITERS = 6
MESSAGES = 40  # of each writer


class RolledBack(Exception):
    pass


def send(door: Door, conversation: int, body: str) -> None:
    services.send_message(viewer=door.person, conversation_id=conversation, body=body)


def test_a_reader_sees_every_committed_event_once_and_in_the_order_of_its_conversation(alice, bob):
    conversations = [key(gather(alice, bob)) for _ in range(CONVERSATIONS)]
    start = feed.now().position
    done = threading.Event()

    def write(writer: int) -> None:
        for number in range(MESSAGES):
            send(alice, conversations[(writer + number) % CONVERSATIONS], f"{writer}: {number}")

    def write_to_several(_: int) -> None:
        """Ids are handed out long before the commit, between those of everybody else."""
        for number in range(MESSAGES // 4):
            with transaction.atomic():
                for conversation in sorted(conversations)[:3]:
                    send(bob, conversation, f"to several: {number}")
                    time.sleep(0.002)

    def write_and_wait(_: int) -> None:
        """The lowest ids, and the last commit."""
        with transaction.atomic():
            send(bob, conversations[-1], "slow")
            time.sleep(1)

    def write_and_undo(_: int) -> None:
        for number in range(MESSAGES // 4):
            try:
                with transaction.atomic():
                    send(bob, conversations[number % CONVERSATIONS], "undone")
                    raise RolledBack
            except RolledBack:
                pass

    def read() -> list[Event]:
        """A live process, with another numberer beside it."""
        seen: list[Event] = []
        position = start
        while True:
            was_done = done.is_set()
            feed.now()
            found = feed.newest(position, 100)
            seen += found
            if found:
                position = found[-1].position or 0
            elif was_done:
                return seen
            time.sleep(0.002)

    def number() -> None:
        while not done.is_set():
            feed.now()

    writers: list[Callable[[int], None]] = [write_and_wait, write_to_several, write_and_undo, *[write] * WRITERS]
    with ThreadPoolExecutor(len(writers) + 2) as pool:
        reading, _ = pool.submit(closing(read)), pool.submit(closing(number))
        writing = [pool.submit(closing(lambda w=writer, n=n: w(n))) for n, writer in enumerate(writers)]
        for one in writing:
            one.result(timeout=60)
        done.set()
        seen = reading.result(timeout=60)

    committed = set(Event.objects.filter(position__gt=start).values_list("pk", flat=True))
    assert len(seen) == len(committed) == WRITERS * MESSAGES + MESSAGES // 4 * 3 + 1
    assert {event.pk for event in seen} == committed
    assert [event.position for event in seen] == list(range(start + 1, start + 1 + len(seen)))
    for conversation in Conversation.objects.filter(pk__in=conversations):
        sequences = [event.sequence for event in seen if event.conversation_id == conversation.pk]
        assert sequences == list(range(2, conversation.last_event_sequence + 1))


def test_a_writer_that_waits_holds_up_nobody_elses_events(alice, bob):
    first, second = key(gather(alice, bob)), key(gather(alice, bob))
    position = feed.now().position
    waits, may_end = threading.Event(), threading.Event()

    def write_and_wait() -> None:
        with transaction.atomic():
            send(alice, first, "slow")
            waits.set()
            assert may_end.wait(timeout=30)

    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(closing(write_and_wait))
        assert waits.wait(timeout=30)
        send(bob, second, "quick")
        feed.now()
        (event,) = feed.newest(position, 10)
        assert event.conversation_id == second
        may_end.set()
        slow.result(timeout=30)
    feed.now()
    (event,) = feed.newest(event.position or 0, 10)
    assert event.conversation_id == first


def closing(work: Callable[[], object]) -> Callable[[], object]:
    def run() -> object:
        try:
            return work()
        finally:
            connection.close()

    return run
