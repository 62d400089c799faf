"""The threads of a live process: what asks the database, or takes time, is done there and not in the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from contextvars import copy_context
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from django.db import close_old_connections

from accounts.models import User

T = TypeVar("T")


class Threads:
    """Some for what is done for all who listen, others for what one client wants."""

    def __init__(self) -> None:
        self._of_all = ThreadPoolExecutor(max_workers=2, thread_name_prefix="live")
        self._of_clients = ThreadPoolExecutor(max_workers=4, thread_name_prefix="live-client")
        self._turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def run(self, work: Callable[..., T], *arguments: Any) -> T:
        """Runs something for all who listen."""
        return await _run_in(self._of_all, work, *arguments)

    async def run_for(self, person: User | None, work: Callable[..., T], *arguments: Any) -> T:
        """Runs something for one client: one thing after another for each person. However much somebody wants, the
        others wait for one piece of it, and none of them for an event, or for its end."""
        turn = self._turns.setdefault(person.pk, asyncio.Lock()) if person else nullcontext()
        async with turn:
            return await _run_in(self._of_clients, work, *arguments)


async def _run_in(threads: ThreadPoolExecutor, work: Callable[..., T], *arguments: Any) -> T:
    """What is logged there belongs to whom the caller works for."""
    here = copy_context()
    return await asyncio.get_running_loop().run_in_executor(threads, here.run, _with_connection, work, *arguments)


def _with_connection(work: Callable[..., T], *arguments: Any) -> T:
    """A thread keeps its connection; one that has broken is given up, as after a request."""
    close_old_connections()
    try:
        return work(*arguments)
    finally:
        close_old_connections()
