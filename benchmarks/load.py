"""The load: so many connections, kept open, each of which asks again as soon as it has its answer.

A process of its own: `python -m benchmarks.load` reads a plan from standard input and writes what it has seen to
standard output, both as JSON.
"""

import asyncio
import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

OK = b"HTTP/1.1 200"
REFUSALS = (b'"errors":[{', b'"errors": [{')


@dataclass
class Plan:
    port: int
    requests: list[str]
    """Whole HTTP requests, sent in turn; each connection begins elsewhere."""
    connections: int
    seconds: float
    at_least: int = 0
    """Requests, however long they take: on a busy machine a few would make no figure."""


@dataclass
class Seen:
    seconds: float
    milliseconds: list[float]
    """Of each request, in increasing order."""

    @property
    def per_second(self) -> float:
        return len(self.milliseconds) / self.seconds

    def percentile(self, share: float) -> float:
        return self.milliseconds[min(len(self.milliseconds) - 1, int(len(self.milliseconds) * share))]


def load(plan: Plan) -> Seen:
    """Runs it in another process, so that it takes no time of the one that measures. Raises CalledProcessError."""
    command = [sys.executable, "-m", "benchmarks.load"]
    ended = subprocess.run(command, input=json.dumps(asdict(plan)).encode(), stdout=subprocess.PIPE, check=True)  # noqa: S603
    return Seen(**json.loads(ended.stdout))


async def ask_again_and_again(plan: Plan, place: int, taken: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", plan.port)
    requests = [one.encode() for one in plan.requests]
    begin = place * len(requests) // plan.connections
    end = time.perf_counter() + plan.seconds
    try:
        while True:
            for request in (*islice(requests, begin, None), *islice(requests, begin)):
                started = time.perf_counter()
                if started >= end and len(taken) >= plan.at_least:
                    return
                writer.write(request)
                head, body = await answer(reader)
                if not head.startswith(OK) or any(one in body for one in REFUSALS):
                    raise RuntimeError(f"{head[:200]!r} {body[:500]!r}")
                taken.append((time.perf_counter() - started) * 1000)
    finally:
        writer.close()


async def answer(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    _, _, rest = head.lower().partition(b"\r\ncontent-length:")
    return head, await reader.readexactly(int(rest[: rest.index(b"\r")]))


async def main() -> dict[str, Any]:
    plan, taken = Plan(**json.load(sys.stdin)), list[float]()
    started = time.perf_counter()
    await asyncio.gather(*(ask_again_and_again(plan, place, taken) for place in range(plan.connections)))
    return {"seconds": time.perf_counter() - started, "milliseconds": sorted(taken)}


if __name__ == "__main__":
    json.dump(asyncio.run(main()), sys.stdout)
