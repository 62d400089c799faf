"""Two at once: real threads with a connection each, for tests with `transactional_db`."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import pytest
from django.db import connection, transaction

from tests.conftest import Door
from tests.servers import PATIENCE, wait_for

T = TypeVar("T")

on_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite lets one writer in at a time, so nobody can come between"
)


def again(door: Door) -> Door:
    """Another device of the same person: a test client serves one thread."""
    return Door(person=door.person, token=door.token)


def at_once(*actions: Callable[[], T]) -> list[T]:
    """What each action returns, all of them started at the same moment."""
    barrier = Barrier(len(actions))

    def run(action: Callable[[], T]) -> T:
        barrier.wait(PATIENCE)
        try:
            return action()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))


def meanwhile(change: Callable[[], object], action: Callable[[], T]) -> T:
    """What the action returns that began while a change was made, and had to wait until it was committed."""

    def act() -> T:
        try:
            return action()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            change()
            answer = pool.submit(act)
            wait_for(_somebody_waits)
        return answer.result()


def _somebody_waits() -> bool:
    """For us: in the databases beside this one others wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"
        )
        return bool(cursor.fetchone()[0])
