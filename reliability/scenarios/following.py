"""Clients that come and go, and people who do."""

# ruff: noqa: S311 - chance, not secrets

import asyncio
import itertools
import random
import time

from reliability.clients import ADD, REMOVE, read_list
from reliability.runs import Result, Run
from reliability.scenarios.sending import send_for, shared_out


async def dropping_clients(run: Run) -> Result:
    people = run.some(200, at_least=20)
    await run.begin(people, shared_out(people, groups=max(4, people // 10)))
    for name in run.people:
        run.follow(name, drops_after=(1.0, 9.0) if run.scale > 0.5 else (0.3, 1.5))
    await send_for(run, max(5.0, 120 * run.scale), pause=people / 10)  # some 20 messages a second
    for follower in run.followers:
        follower.drops_after = None
    result = await run.finish()
    result.figures["connections"] = f"{sum(follower.connections for follower in run.followers):,}"
    return result


async def state_and_stream(run: Run) -> Result:
    """Everybody comes while others send and takes the cursor first; some then read and listen, some listen and read."""
    people = run.some(40, at_least=12)
    await run.begin(people, shared_out(people, groups=4))
    seconds = max(4.0, 30 * run.scale)
    sending = run.go_on(send_for(run, seconds, pause=0.2))
    for number, name in enumerate(run.people):
        await asyncio.sleep(seconds / people / 2)
        follower = run.newcomer(name)
        await follower.take_cursor()
        if number % 2:
            run.go_on(follower.follow())
            await asyncio.sleep(random.uniform(0, 0.2))
        await follower.read()
        if not number % 2:
            await asyncio.sleep(random.uniform(0, 0.2))
            run.go_on(follower.follow())
    await sending
    return await run.finish()


async def people_coming_and_going(run: Run) -> Result:
    """In each group some are removed and added all the time; what is said while they are out is not for them."""
    groups, staying, going, strangers = run.some(5, at_least=2), 4, 2, 3
    size = staying + going
    await run.begin(size * groups + strangers, [range(size * number, size * (number + 1)) for number in range(groups)])
    for name in run.people:
        run.follow(name, drops_after=(1.0, 4.0) if name.endswith(("1", "5")) else None)
    end = time.monotonic() + max(5.0, 40 * run.scale)

    async def turn_out_and_in(conversation: str, names: list[str]) -> int:
        owner, turns = run.line(names[0]), itertools.count()
        lines = {name: run.line(name) for name in names[staying:]}
        while time.monotonic() < end:
            leaver = run.people[random.choice(names[staying:])]
            await owner.ask(REMOVE, input={"conversationId": conversation, "userId": leaver.id})
            await run.senders[names[1]].send(conversation)
            seen = await read_list(lines[leaver.name], conversation)
            run.senders[leaver.name].history.note("peeked", conversation=conversation, seen=seen)
            await owner.ask(ADD, input={"conversationId": conversation, "userIds": [leaver.id]})
            next(turns)
        return next(turns)

    async def talk(conversation: str, names: list[str]) -> int:
        while time.monotonic() < end:
            await asyncio.sleep(random.uniform(0, 0.05))
            await run.senders[random.choice(names[2:staying])].send(conversation)
        return 0

    works = [work(*place) for place in run.conversations.items() for work in (turn_out_and_in, talk)]
    turns = sum(await asyncio.gather(*works))
    result = await run.finish()
    result.figures["removed and added again"] = f"{turns:,}"
    return result
