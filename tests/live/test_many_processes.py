"""Many processes, one server: two web and two live processes on PostgreSQL and Redis, as docs/scaling.md has them."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import NamedTuple

import pytest
from django.db import connection

from tests.live.process import Person, Process, house, process_of
from tests.live.test_hints import redis_server
from tests.live.test_typing import listen, typed
from tests.middleware.test_rate_limit import answers
from tests.servers import free_ports, running, wait_for

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="many processes share PostgreSQL: set DATABASE_URL"),
    pytest.mark.skipif(shutil.which("redis-server") is None, reason="no redis-server"),
]


class Processes(NamedTuple):
    webs: list[Process]
    lives: list[Process]


@pytest.fixture(scope="module")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    folder, (port,) = tmp_path_factory.mktemp("many"), free_ports(1)
    with ExitStack() as stack:
        stack.enter_context(running(redis_server(port, folder), {}, folder / "redis.log"))
        wait_for(lambda: answers(port))
        environment = stack.enter_context(house(folder, REDIS_URL=f"redis://127.0.0.1:{port}/0"))
        started = [
            stack.enter_context(process_of(service, environment, folder)) for service in ("web", "web", "live", "live")
        ]
        yield Processes(started[:2], started[2:])


def at(process: Process, person: Person) -> Person:
    """The same person, with the same token, at another process."""
    return replace(person, process=process)


@pytest.fixture
def talking(processes: Processes) -> tuple[Person, Person, str]:
    alice, bob = (processes.webs[0].register(name) for name in ("alice", "bob"))
    return alice, bob, alice.gather(bob)


def test_what_is_said_at_each_web_process_is_told_by_each_live_one(processes, talking) -> None:
    alice, bob, group = talking
    with ExitStack() as stack:
        lines = [stack.enter_context(at(live, bob).dial()) for live in processes.lives]
        for line in lines:
            listen(line, bob.cursor())
        for web, body in zip(processes.webs, ("from the first", "from the second"), strict=True):
            at(web, alice).say(group, body)
        told = [[line.event()["message"]["body"] for _ in processes.webs] for line in lines]
        assert told == [["from the first", "from the second"]] * 2


def test_what_is_not_stored_crosses_by_redis(processes, talking) -> None:
    alice, bob, group = talking
    with ExitStack() as stack:
        lines = [stack.enter_context(at(live, bob).dial()) for live in processes.lives]
        for line in lines:
            listen(line, bob.cursor())
        for web, is_typing in zip(processes.webs, (True, False), strict=True):
            at(web, alice).do("setTyping", "ok id", conversationId=group, isTyping=is_typing)
            assert [typed(line.event()) for line in lines] == [("TypingChanged", "alice", is_typing)] * 2


def test_a_break_is_mended_at_the_other_live_process(processes, talking) -> None:
    alice, bob, group = talking
    cursor = bob.cursor()
    with at(processes.lives[0], bob).dial() as line:
        line.listen(after=cursor)
        alice.say(group, "one")
        cursor = line.event()["cursor"]
    at(processes.webs[1], alice).say(group, "two")
    with at(processes.lives[1], bob).dial() as line:
        assert [event["message"]["body"] for event in line.listen(after=cursor)] == ["two"]


def test_signed_out_at_one_web_process_is_closed_at_each_live_one(processes, talking) -> None:
    _, bob, _ = talking
    with ExitStack() as stack:
        lines = [stack.enter_context(at(live, bob).dial()) for live in processes.lives]
        at(processes.webs[1], bob).do("revokeAllSessions", "revokedSessionIds", exceptCurrent=False)
        assert [line.ended()[1] for line in lines] == [4403] * 2
