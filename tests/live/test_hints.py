"""Hints: from process to process without content; a lost one costs seconds, and a sender neither waits nor fails."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from messaging import hints
from messaging.hints import FEED, ONLINE, TYPING, Hint
from tests.messaging.operations import send_message, talk
from tests.middleware.test_rate_limit import answers
from tests.servers import ROOT, free_ports, running, wait_for

needs_redis = pytest.mark.skipif(not answers(6379), reason="no Redis at 127.0.0.1:6379")
# A house for each test: all of them may speak at the same time.
HOUSES = [f"redis://127.0.0.1:6379/{number}" for number in (9, 10, 11, 12)]
ANOTHER_PROCESS = """
import sys, django
django.setup()
from messaging import hints
for kind, *values in [line.split() for line in sys.argv[1:]]:
    hints.publish(hints.Hint(kind, tuple(map(int, values))))
sys.stdin.read()  # as a server lives on: the thread says it
"""


def redis_server(port: int, folder: Path) -> list[str]:
    return ["redis-server", "--port", str(port), "--save", "", "--dir", str(folder)]


def another_process(address: str, *said: str) -> subprocess.Popen[bytes]:
    """One that says so, and lives until the end of the block."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "REDIS_URL": address}
    command = [sys.executable, "-c", ANOTHER_PROCESS, *said]
    return subprocess.Popen(command, stdin=subprocess.PIPE, env=environment, cwd=ROOT)  # noqa: S603


class Ear:
    """Somebody who listens, in an event loop of their own."""

    def __init__(self) -> None:
        self.heard: list[Hint] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self) -> None:
        with suppress(asyncio.CancelledError):
            self._task = self._loop.create_task(hints.listen(self.heard.append))
            self._loop.run_until_complete(self._task)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join()
        self._loop.close()


@pytest.fixture
def listen() -> Iterator[Callable[[], Ear]]:
    ears: list[Ear] = []

    def listen() -> Ear:
        ears.append(Ear())
        return ears[-1]

    yield listen
    for ear in ears:
        ear.close()


@needs_redis
def test_what_one_process_says_another_hears(settings, listen):
    settings.REDIS_URL = HOUSES[0]
    ear = listen()
    wait_for(lambda: ear.heard == [Hint(FEED)])  # whoever begins to listen looks at once
    with another_process(HOUSES[0], "typing 1 2 1", "online 3", "feed"):
        wait_for(lambda: len(ear.heard) == 4)
    assert ear.heard[1:] == [Hint(TYPING, (1, 2, 1)), Hint(ONLINE, (3,)), Hint(FEED)]


@needs_redis
def test_what_is_said_close_together_is_told_once(settings, listen):
    settings.REDIS_URL = HOUSES[1]
    ear = listen()
    wait_for(lambda: ear.heard == [Hint(FEED)])
    with another_process(HOUSES[1], *["feed"] * 200, "online 3"):
        wait_for(lambda: Hint(ONLINE, (3,)) in ear.heard)
    assert ear.heard.count(Hint(FEED)) < 20  # and not one for each change


@needs_redis
def test_two_houses_in_one_redis_do_not_hear_each_other(settings, listen):
    ears: list[Ear] = []
    for house in HOUSES[2:]:
        settings.REDIS_URL = house
        ears.append(listen())
        wait_for(lambda: ears[-1].heard == [Hint(FEED)])
    for number, house in enumerate(HOUSES[2:]):
        with another_process(house, f"online {number}"):
            wait_for(lambda number=number: len(ears[number].heard) == 2)
    assert [ear.heard[1:] for ear in ears] == [[Hint(ONLINE, (0,))], [Hint(ONLINE, (1,))]]


@needs_redis
def test_whoever_listens_comes_back_when_redis_does(settings, listen, tmp_path):
    (port,) = free_ports(1)
    settings.REDIS_URL = f"redis://127.0.0.1:{port}/0"
    ear = listen()  # before there is one
    for start in (1, 2):
        with running(redis_server(port, tmp_path), dict(os.environ), tmp_path / "redis.log"):
            wait_for(lambda start=start: ear.heard.count(Hint(FEED)) == start)
            with another_process(settings.REDIS_URL, f"online {start}"):
                wait_for(lambda start=start: Hint(ONLINE, (start,)) in ear.heard)


@needs_redis
def test_whoever_speaks_comes_back_too(settings, listen, monkeypatch, tmp_path):
    monkeypatch.setattr(hints, "_publisher", hints.Publisher())
    (port,) = free_ports(1)
    settings.REDIS_URL = f"redis://127.0.0.1:{port}/0"
    for start in (1, 2):
        with running(redis_server(port, tmp_path), dict(os.environ), tmp_path / "redis.log"):
            ear = listen()
            wait_for(lambda ear=ear: ear.heard)
            hints.publish(Hint(ONLINE, (start,)))  # over a connection that the first one's end has closed
            wait_for(lambda ear=ear, start=start: Hint(ONLINE, (start,)) in ear.heard)


def test_without_redis_a_process_hears_itself(settings, listen):
    settings.REDIS_URL = ""
    ear = listen()
    wait_for(lambda: hints._local)
    hints.announce()
    wait_for(lambda: ear.heard)
    assert ear.heard == [Hint(FEED)]


def test_sending_neither_fails_nor_waits_while_redis_is_down(
    alice, bob, settings, monkeypatch, log, django_capture_on_commit_callbacks
):
    """The sender hands the hint to a thread, and that is all it does."""
    publisher = hints.Publisher()  # the one of this process would go on to ask a Redis that there never was
    monkeypatch.setattr(hints, "_publisher", publisher)
    (port,) = free_ports(1)
    settings.REDIS_URL = f"redis://127.0.0.1:{port}/0"
    conversation = talk(alice, bob)
    with django_capture_on_commit_callbacks(execute=True) as told:
        assert send_message(alice, conversation, "hello")
    assert told
    assert publisher._thread.daemon  # it keeps no process from ending
    wait_for(lambda: "hints are not passed on" in log.getvalue())  # here, and not in the log of another test


def test_nothing_is_said_before_the_commit(alice, bob, settings, listen, django_capture_on_commit_callbacks):
    settings.REDIS_URL = ""
    ear = listen()
    wait_for(lambda: hints._local)
    conversation = talk(alice, bob)
    with django_capture_on_commit_callbacks() as callbacks:
        send_message(alice, conversation, "hello")
    assert ear.heard == []
    for callback in callbacks:
        callback()
    wait_for(lambda: ear.heard)


NONSENSE = [
    b"",
    b"[]",
    b"nonsense",
    b'{"a": 1}',
    b'["typing", "x"]',
    b"\xff",
    b"[1]",
    b'["typing", 1e999]',
    b"[" * 99_999,
]


@pytest.mark.parametrize("said", NONSENSE, ids=range(len(NONSENSE)))
def test_what_another_version_says_does_no_harm(said):
    hint = hints._decode(said)
    assert hint is None or hint.kind not in (FEED, TYPING, ONLINE)
