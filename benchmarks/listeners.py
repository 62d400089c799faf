"""Many subscribers of one conversation, in a process of their own.

`python -m benchmarks.listeners` reads a plan from standard input. It says "ready" when all have subscribed; and when
each has heard so many messages, the sequence and the moment of every message, for every subscriber, as JSON.
"""

import asyncio
import json
import sys
import time
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

PROTOCOL = "graphql-transport-ws"


@dataclass
class Plan:
    port: int
    tokens: list[str]
    document: str
    variables: dict[str, Any]
    messages: int


async def subscribe(plan: Plan, token: str) -> ClientConnection:
    socket = await connect(f"ws://127.0.0.1:{plan.port}/graphql", subprotocols=[PROTOCOL], proxy=None, compression=None)  # type: ignore[list-item]
    await say(socket, "connection_init", payload={"Authorization": f"Bearer {token}"})
    assert json.loads(await socket.recv())["type"] == "connection_ack"
    await say(socket, "subscribe", id="1", payload={"query": plan.document, "variables": plan.variables})
    return socket


async def hear(socket: ClientConnection, count: int) -> list[tuple[int, float]]:
    """(sequence of the message, moment)"""
    heard: list[tuple[int, float]] = []
    async for text in socket:
        now = time.monotonic()
        message = json.loads(text)
        if message["type"] == "ping":
            await say(socket, "pong")
            continue
        assert message["type"] == "next", message
        heard.append((message["payload"]["data"]["events"]["message"]["sequence"], now))
        if len(heard) == count:
            break
    return heard


async def say(socket: ClientConnection, type: str, **fields: Any) -> None:
    await socket.send(json.dumps({"type": type, **fields}))


async def main() -> None:
    plan = Plan(**json.loads(sys.stdin.readline()))
    sockets = [await subscribe(plan, token) for token in plan.tokens]
    await asyncio.sleep(1)  # there is no answer to a subscription that begins now
    print("ready", flush=True)
    heard = await asyncio.gather(*(hear(socket, plan.messages) for socket in sockets))
    print(json.dumps(heard), flush=True)
    await asyncio.to_thread(sys.stdin.read)  # who measures says when the connections may go
    for socket in sockets:
        await socket.close()


if __name__ == "__main__":
    asyncio.run(main())
