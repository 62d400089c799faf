"""The report: tables in Markdown, printed and, when it is wanted, put between the marks of docs/performance.md."""

import os
import platform
import statistics
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import measure
from benchmarks.fan_out import FanOut
from benchmarks.rounds import Result, Results
from benchmarks.servers import DOCUMENTED, FLOOR, OURS, WORKERS, Server
from benchmarks.workloads import WORKLOADS

PAGE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
TARGETS = {"W1": (0.5, 4), "W2": (0.5, 3), "W3": (0.7, 5), "W4": (0.3, None)}
"""The ratio floor / ours, at least; SQL statements, at most."""
DELIVERY, CONNECTION = 60, 60
"""Microseconds, KiB; at most."""
MEMORY, START = 110, 2
"""MiB of a worker, seconds to the first answer; at most."""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The first column are names, the others numbers."""
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def circumstances(rounds: int, seconds: float, connections: int, scale: float) -> str:
    """What one must know to read the figures."""
    busy = os.getloadavg()[0]
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {WORKERS} cores ({_processor()}), Python {platform.python_version()},"
        f" {round(scale * 1_000_000):,} messages; medians of {rounds} rounds of {seconds:g} s,"
        f" {connections} connections. Load average at the end: {busy:.1f}"
        f"{', of which the benchmark makes 2 to 4' if busy > 1 else ''}."
    )


def costs(results: Results) -> str:
    """CPU microseconds a request, the ratio, and how often the database is asked."""
    rows = []
    for name in _workloads(results):
        of = {kind: results[name, kind] for workload, kind in results if workload == name}
        floor, ours = of[FLOOR.name], of[OURS.name]
        ratio, statements = floor.cpu / ours.cpu, ours.statements
        wanted, most = TARGETS[name]
        rows.append(
            [
                f"{name} {WORKLOADS[name].title}",
                *(_cost(of[kind.name]) if kind.name in of else "–" for kind in (FLOOR, OURS, DOCUMENTED)),
                f"{ratio:.2f} {_met(ratio >= wanted)}",
                f"{wanted:g}",
                *(_count(of[kind.name].statements) if kind.name in of else "–" for kind in (FLOOR, OURS, DOCUMENTED)),
                "" if most is None or statements is None else f"{most} {_met(statements < most + 0.5)}",
            ]
        )
    head = ["CPU µs a request, server + PostgreSQL", "floor", "ours", "documented", "floor / ours", "wanted"]
    return table([*head, "SQL: floor", "ours", "documented", "at most"], rows)


def rates(results: Results) -> str:
    """What hangs on the machine: requests a second, times; and where the CPU time is spent."""
    rows = [
        [
            f"{name} {kind}",
            f"{result.median(lambda one: one.per_second):,.0f}",
            f"{result.median(lambda one: one.p50):.1f}",
            f"{result.median(lambda one: one.p99):.1f}",
            f"{result.median(lambda one: one.server_cpu):,.0f}",
            f"{result.median(lambda one: one.database_cpu):,.0f}",
            f"{result.median(lambda one: one.redis_cpu):,.0f}",
        ]
        for (name, kind), result in results.items()
    ]
    head = ["", "requests a second", "p50 ms", "p99 ms", "CPU µs: server", "PostgreSQL", "Redis"]
    return table(head, rows)


def memory(servers: Sequence[Server]) -> str:
    rows = []
    for server in servers:
        workers = measure.workers(server.pid)
        resident = statistics.mean(map(measure.resident, workers))
        proportional = statistics.mean(map(measure.proportional, workers))
        wanted = server.kind is OURS
        rows.append(
            [
                server.kind.name,
                f"{resident:.0f}{' ' + _met(resident <= MEMORY) if wanted else ''}",
                f"{proportional:.0f}",
                f"{server.first_answer:.1f}{' ' + _met(server.first_answer <= START) if wanted else ''}",
                f"{server.starting_cpu:.1f}",
            ]
        )
    return table(["", "RSS of a worker, MiB", "PSS of a worker, MiB", "first answer after s", "CPU s until then"], rows)


def fan_out(found: Sequence[FanOut]) -> str:
    rows = [
        [
            f"S, {one.name}",
            f"{one.cpu:.0f} {_met(one.cpu <= DELIVERY)}",
            f"{one.connection:.0f} {_met(one.connection <= CONNECTION)}",
            f"{one.p50:.0f}",
            f"{one.p99:.0f}",
        ]
        for one in found
    ]
    return table(["", "CPU µs a delivery", "KiB a connection", "p50 ms", "p99 ms"], rows)


def put(name: str, text: str) -> None:
    """Into docs/performance.md, between the marks of this name."""
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    page = PAGE.read_text()
    before, _, rest = page.partition(begin)
    _, _, after = rest.partition(end)
    PAGE.write_text(f"{before}{begin}{text}\n{end}{after}")


def _workloads(results: Results) -> list[str]:
    return list(dict.fromkeys(name for name, _ in results))


def _cost(result: Result) -> str:
    low, high = result.spread
    return f"{result.cpu:,.0f} ({low:,.0f}–{high:,.0f})"


def _count(statements: float | None) -> str:
    return "–" if statements is None else f"{statements:.1f}".removesuffix(".0")


def _met(is_met: bool) -> str:
    return "✓" if is_met else "✗"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
