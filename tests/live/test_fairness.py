"""Fairness: what one client wants of a live process holds nobody else up."""

import asyncio
import threading
from collections.abc import Callable, Iterable
from typing import Any

from accounts.models import User
from messaging.threads import Threads
from tests.servers import PATIENCE

MANY = 20
ALICE, BOB = User(pk=1), User(pk=2)


def beside(busy: Iterable[User], ask: Callable[[Threads], Any]) -> Any:
    """What is answered while the threads of clients work for each of these people, and do not come to an end."""

    async def answer() -> Any:
        threads, end = Threads(), threading.Event()
        working = [asyncio.create_task(threads.run_for(person, end.wait)) for person in busy]
        try:
            await asyncio.sleep(0)
            return await asyncio.wait_for(ask(threads), PATIENCE)
        finally:
            end.set()
            await asyncio.gather(*working)

    return asyncio.run(answer())


def test_much_that_one_person_wants_lets_another_pass():
    assert beside([ALICE] * MANY, lambda threads: threads.run_for(BOB, str, "bob's")) == "bob's"


def test_who_is_not_known_yet_can_sign_in_meanwhile():
    assert beside([ALICE] * MANY, lambda threads: threads.run_for(None, str, "let in")) == "let in"


def test_the_feed_is_read_whatever_all_clients_want():
    everybody = [User(pk=number) for number in range(MANY)]
    assert beside(everybody, lambda threads: threads.run(str, "read")) == "read"
