"""Processes of ours are killed: SIGKILL, so that none of them can tidy up."""

# ruff: noqa: S311 - chance, not secrets

import asyncio
import itertools
import os
import random
import signal
from contextlib import suppress

from reliability.proxies import Cutter
from reliability.runs import Result, Run
from reliability.scenarios.sending import send_all, send_for, shared_out
from reliability.servers import House

EVERY = 3.0  # seconds


async def killed_workers(run: Run) -> Result:
    people = run.some(30, at_least=8)
    await run.begin(people, shared_out(people, groups=4))
    for name in itertools.islice(run.people, people // 2):
        run.follow(name)
    killed: list[int] = []
    run.go_on(revive(run.house))
    killer = run.go_on(kill_workers(run, killed))
    await send_for(run, max(7.0, 60 * run.scale))
    killer.cancel()
    await asyncio.to_thread(run.house.be_ready)
    result = await run.finish()
    silence = result.longest_silence
    result.figures |= {"kills": f"{len(killed)}", "longest time without an answer": f"{silence:.1f} s"}
    result.expect_within(5, silence, "back after")
    return result


async def kill_workers(run: Run, killed: list[int]) -> None:
    """One after the other, whichever it is."""
    while True:
        await asyncio.sleep(EVERY)
        victim = random.choice(run.house.workers())
        kill(victim)
        killed.append(victim)


async def revive(house: House) -> None:
    while True:
        house.revive()
        await asyncio.sleep(0.2)


async def killed_before_the_answer(run: Run) -> Result:
    """Every first answer is thrown away when the server has begun it, and some of the workers with it."""
    people = run.some(20, at_least=4)
    await run.begin(people, shared_out(people, groups=4))
    killed: list[int] = []

    def kill_web(count: int) -> None:
        if count % 100 == 20:
            killed.extend(run.house.web.process.children())
            for worker in run.house.web.process.children():
                kill(worker)

    run.go_on(revive(run.house))
    async with Cutter(run.house.web.port, kill_web) as cutter:
        for sender in run.senders.values():
            sender.go_first_by(cutter.port)
        await send_all(run, run.some(1_000, at_least=60))
    result = await run.finish()
    result.figures |= {"answers thrown away": f"{cutter.cuts:,}", "kills": f"{len(killed)}"}
    result.expect(cutter.cuts > 0, "no answer was thrown away")
    return result


def kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
