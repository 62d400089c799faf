"""Load without a fault, and what all scenarios send by."""

# ruff: noqa: S311 - chance, not secrets

import asyncio
import itertools
import random
import time
from collections.abc import Callable, Coroutine
from typing import Any

import psycopg

from reliability.checker import check
from reliability.clients import Sender
from reliability.histories import History
from reliability.runs import Result, Run, quantile

MORE_ROUNDS = 50  # at most, of a small load, in which a reader may by chance miss nothing that it could


def shared_out(people: int, groups: int) -> list[list[int]]:
    """Everybody is in two groups, and every group has as many people as any other, or nearly."""
    return [
        [person for person in range(people) if group in (person % groups, (person + 1 + person // groups) % groups)]
        for group in range(groups)
    ]


async def send_all(run: Run, count: int, *, twice: float = 0.0, breaks_off: float = 0.0) -> None:
    """So many messages, by everybody, as fast as they are answered."""
    numbers = iter(range(count))

    async def go_on(sender: Sender, places: list[str]) -> None:
        for _ in numbers:
            a_repeat, a_break = random.random() < twice, random.random() < breaks_off
            await sender.send(random.choice(places), twice=a_repeat, breaks_off=a_break)

    await _everybody(run, go_on)


async def send_for(run: Run, seconds: float, pause: float = 0.0) -> None:
    """By everybody, until the time is over; `pause`: the longest that somebody waits before the next message."""
    end = time.monotonic() + seconds

    async def go_on(sender: Sender, places: list[str]) -> None:
        while time.monotonic() < end:
            await asyncio.sleep(random.uniform(0, pause))
            await sender.send(random.choice(places))

    await _everybody(run, go_on)


async def _everybody(run: Run, go_on: Callable[[Sender, list[str]], Coroutine[Any, Any, None]]) -> None:
    """Each sends to the conversations they are in. The first failure is everybody's."""
    async with asyncio.TaskGroup() as group:
        for name, sender in run.senders.items():
            group.create_task(go_on(sender, run.conversations_of(name)))


async def repeated_and_broken_off(run: Run) -> Result:
    """With the negative control: in the same run somebody reads the events after the highest id seen."""
    people = run.some(50, at_least=12)
    await run.begin(people, shared_out(people, groups=min(10, people // 3)))
    for name in itertools.islice(run.people, people * 2 // 5):
        run.follow(name)
    seen: dict[str, list[int]] = {}
    naive = run.go_on(read_naively(run, run.history("naive", None), seen))
    await send_all(run, run.some(20_000, at_least=200), twice=0.3, breaks_off=0.05)
    for _ in range(MORE_ROUNDS):
        if has_gap(seen):
            break
        await send_all(run, 100, twice=0.3, breaks_off=0.05)
    result = await run.finish()
    naive.cancel()
    control = check([client for client in result.clients if client.person is None], result.state).numbers["G0"]
    result.figures["a reader with `id > last`"] = f"G0 {control:,}"
    result.expect(control > 0, "the negative control, a reader with `id > last`, was not caught")
    return result


def has_gap(seen: dict[str, list[int]]) -> bool:
    return any(later - before > 1 for numbers in seen.values() for before, later in itertools.pairwise(numbers))


async def read_naively(run: Run, history: History, seen: dict[str, list[int]]) -> None:
    """Ids are given before the commit: what is committed late has a lower one than what was read already."""
    assert run.house.postgresql is not None  # noqa: S101
    last = 0
    history.note("follows")
    async with await psycopg.AsyncConnection.connect(run.house.postgresql.url, autocommit=True) as connection:
        while True:
            found = await connection.execute(
                "SELECT id, encode(convert_to('Conversation:' || conversation_id, 'UTF8'), 'base64'), sequence"
                " FROM messaging_event WHERE id > %s ORDER BY id",
                [last],
            )
            for last, conversation, sequence in await found.fetchall():
                if conversation in run.conversations and sequence is not None and sequence > 1:
                    history.note("event", conversation=conversation, sequence=sequence, position=last)
                    seen.setdefault(conversation, []).append(sequence)
            await asyncio.sleep(0.001)


async def one_hot_conversation(run: Run) -> Result:
    people = run.some(32, at_least=8)
    await run.begin(people, [range(people)])
    for name in itertools.islice(run.people, 4):
        run.follow(name)
    await send_all(run, people)  # what a process keeps it makes at the first request: that is no load
    begins = time.monotonic()
    await send_all(run, run.some(3_200, at_least=160))
    result = await run.finish()
    result.expect_within(0.3, quantile(result.seconds_to_answer_since(begins), 0.99), "p99 was")
    return result


async def on_sqlite(run: Run) -> Result:
    people = run.some(50, at_least=12)
    await run.begin(people, shared_out(people, groups=min(10, people // 3)))
    for name in itertools.islice(run.people, people * 2 // 5):
        run.follow(name)
    await send_all(run, run.some(20_000, at_least=200), twice=0.3, breaks_off=0.05)
    result = await run.finish()
    locked = sum("locked" in record["text"] for record in result.said("refused"))
    result.figures["answers that say `locked`"] = f"{locked}"
    result.expect(locked == 0, f"{locked} clients were told that the database is locked")
    result.expect(result.codes <= {"UNAVAILABLE"}, f"refused with {result.codes}")
    return result
