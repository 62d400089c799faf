"""What we stand on goes away for a while: the database, Redis, the right time."""

import asyncio
import itertools
import time

from reliability.runs import Result, Run
from reliability.scenarios.sending import send_all, send_for, shared_out
from reliability.servers import CLOCK_LAG, wait_until

HOUR = 3_600  # seconds


async def postgresql_restarted(run: Run) -> Result:
    """Once in order, once as in a crash."""
    people = run.some(20, at_least=6)
    await run.begin(people, shared_out(people, groups=4))
    for name in itertools.islice(run.people, people // 2):
        run.follow(name)
    workers, away = run.house.workers(), max(1.5, 3 * run.scale)
    started: list[float] = []

    async def restart(*, crashes: bool) -> None:
        database = run.house.postgresql
        assert database is not None  # noqa: S101
        await asyncio.sleep(max(2.0, 8 * run.scale))
        await asyncio.to_thread(database.stop, crashes=crashes)
        await asyncio.sleep(away)
        database.start()
        started.append(time.monotonic())
        await asyncio.to_thread(wait_until, database.is_ready, "PostgreSQL")

    for crashes in (False, True):
        restarting = run.go_on(restart(crashes=crashes))
        while not restarting.done():
            await send_for(run, 1)
        await restarting
    await send_for(run, max(2.0, 10 * run.scale))
    result = await run.finish()
    back = max(result.answered_after(moment) for moment in started)
    result.figures |= {"restarts": f"{len(started)}, away for {away:.1f} s each", "back after": f"{back:.1f} s"}
    result.expect(run.house.workers() == workers, "a process of ours was started again")
    result.expect_within(10, back, "back after")
    result.expect(result.codes == {"UNAVAILABLE"}, f"refused with {result.codes or 'nothing'}, not UNAVAILABLE")
    return result


async def redis_killed(run: Run) -> Result:
    people = run.some(100, at_least=20)
    await run.begin(people, shared_out(people, groups=max(4, people // 10)))
    for name in run.people:
        run.follow(name)
    away = max(3.0, 10 * run.scale)

    async def kill() -> None:
        await asyncio.sleep(2)
        await asyncio.to_thread(run.house.redis.kill)
        await asyncio.sleep(away)
        run.house.redis.start()

    killing = run.go_on(kill())
    while not killing.done():
        await send_for(run, 1, pause=1)
    await killing
    result = await run.finish()
    completed, failed = run.completed_in, len(result.said("refused", "broken"))
    result.figures |= {"Redis away": f"{away:.0f} s", "everybody complete after": f"{completed:.1f} s"}
    result.expect(not failed, f"{failed} attempts to send have failed")
    result.expect_within(15, completed, "everybody complete after")
    return result


async def clock_stepped_back(run: Run) -> Result:
    """Of all our processes at once, in the middle of sending. People have signed in an hour ago: an access token from
    the future is refused, and a front end then asks for another."""
    people = run.some(20, at_least=6)
    run.house.turn_clock(-HOUR)
    await run.begin(people, shared_out(people, groups=4))
    run.house.turn_clock(0)
    await asyncio.sleep(2 * CLOCK_LAG)
    for name in itertools.islice(run.people, people // 2):
        run.follow(name)
    count = run.some(600, at_least=60)
    await send_all(run, count // 2)
    run.house.turn_clock(-HOUR)
    await send_for(run, 2 * CLOCK_LAG, pause=0.2)  # while one process after the other notices
    await send_all(run, count // 2)
    result = await run.finish()
    stepped = result.steps_back
    run.house.turn_clock(0)
    result.figures["conversations in which the time stepped back"] = f"{stepped}"
    result.expect(stepped > 0, "the clock of the servers has not stepped back")
    return result
