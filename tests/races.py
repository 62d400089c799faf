"""Two at once: real threads with a connection each, for tests with `transactional_db`."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import pytest
from django.db import connection

T = TypeVar("T")

on_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite lets one writer in at a time, so nobody can come between"
)


def at_once(*actions: Callable[[], T]) -> list[T]:
    """What each action returns, all of them started at the same moment."""
    barrier = Barrier(len(actions))

    def run(action: Callable[[], T]) -> T:
        barrier.wait(timeout=10)
        try:
            return action()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))
