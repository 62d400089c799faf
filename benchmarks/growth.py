"""How cost grows: the same operations with little and with much of what a server collects over the years."""

import random
from collections.abc import Iterator
from pathlib import Path

import psycopg

from benchmarks import data
from benchmarks.data import Talk
from benchmarks.report import PAGE, table
from benchmarks.rounds import Case, Results
from benchmarks.servers import OURS
from benchmarks.services import Missing
from benchmarks.workloads import WORKLOADS, Pair

AXES = {
    "messages in the conversation": ("10", "50", "10,000"),
    "conversations of the person": ("10", "20", "2,000"),
    "people in the conversation": ("2", "20", "1,000"),
    "unread messages": ("0", "50", "100,000"),
}
"""Little, a full page, much. A page that is not full costs less; beyond it nothing should cost more."""
TALKS = 5  # conversations on each end, where one is not enough to write in by several at once
PLOT = PAGE.parent / "images" / "growth.png"
FLAT = 1.25
"""Costs that grow by less than this grow with the noise."""


def cases(url: str) -> list[Case]:
    """Every workload at every point of every axis; makes what they need in the database."""
    with psycopg.connect(url) as connection:
        data.need_people(connection, 1_000)
        first = _next_person(connection)
        data.write_people(connection, range(first, first + 100))
        ends = dict(_ends(first))
        data.write(connection, [talk for talks in ends.values() for talk in talks], random.Random(data.SEED))  # noqa: S311
        connection.execute("ANALYZE")
    return [
        Case(f"{name}: {end} {axis}", WORKLOADS[name], _pairs(talks))
        for (axis, end), talks in ends.items()
        for name in WORKLOADS
        if not (axis == "unread messages" and name == "W3")  # whoever sends has read everything
    ]


def _ends(first: int) -> Iterator[tuple[tuple[str, str], list[Talk]]]:
    """What each point is made of; all who ask are newcomers, in no other conversation."""
    newcomers = iter(range(first, first + 100))
    for end, size in (("10", 10), ("50", 50), ("10,000", 10_000)):
        person = next(newcomers)
        yield (
            ("messages in the conversation", end),
            [Talk("long or short", [person, 1 + place], size, [0, 0]) for place in range(TALKS)],
        )
    for end, count in (("10", 10), ("20", 20), ("2,000", 2_000)):
        person = next(newcomers)
        yield (
            ("conversations of the person", end),
            [Talk("one of many", [person, 1 + place % 500], 10, [0, 0]) for place in range(count)],
        )
    for end, size in (("2", 2), ("20", 20), ("1,000", 1_000)):
        person = next(newcomers)
        yield (
            ("people in the conversation", end),
            [Talk("hall", [person, *range(1, size)], 100, [0] * size) for _ in range(TALKS)],
        )
    for end, unread in (("0", 0), ("50", 50), ("100,000", 100_000)):
        person = next(newcomers)
        yield ("unread messages", end), [Talk("unread", [person, 1], 100_000, [unread, 0])]


def _pairs(talks: list[Talk]) -> list[Pair]:
    """The first of each conversation asks."""
    return [(talk.people[0], talk.id) for talk in talks[:TALKS]]


def _next_person(connection: "psycopg.Connection[tuple[int]]") -> int:
    row = connection.execute("SELECT max(id) + 1 FROM accounts_user").fetchone()
    assert row is not None
    return row[0]


def told(results: Results) -> str:
    """A row for each axis and workload: the cost at every point, and by how much it grows beyond a full page."""
    rows = []
    for axis, ends in AXES.items():
        for name in WORKLOADS:
            if (f"{name}: {ends[0]} {axis}", OURS.name) not in results:
                continue
            costs = [results[f"{name}: {end} {axis}", OURS.name].cpu for end in ends]
            grows = costs[2] / costs[1]
            points = [f"{end}: {cost:,.0f}" for end, cost in zip(ends, costs, strict=True)]
            rows.append([f"{axis}, {name}", *points, f"× {grows:.2f}", "flat" if grows < FLAT else "grows"])
    return table(["CPU µs a request, ours", "little", "a full page", "much", "beyond the page", ""], rows)


def plot(results: Results, path: Path = PLOT) -> None:
    """Raises Missing without matplotlib."""
    try:
        import matplotlib
    except ImportError:
        raise Missing("The plot needs matplotlib: pip install -r requirements-bench.in") from None
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, places = pyplot.subplots(1, len(AXES), figsize=(14, 3.6), layout="constrained")
    for place, (axis, ends) in zip(places, AXES.items(), strict=True):
        names = [name for name in WORKLOADS if (f"{name}: {ends[0]} {axis}", OURS.name) in results]
        for side, end in enumerate(ends):
            found = [results[f"{name}: {end} {axis}", OURS.name] for name in names]
            at = [number + side * 0.28 - 0.28 for number in range(len(names))]
            spread = [[one.cpu - one.spread[0] for one in found], [one.spread[1] - one.cpu for one in found]]
            place.bar(
                at,
                [one.cpu for one in found],
                0.26,
                yerr=spread,
                label=end,
                color=("#c3d4e4", "#7fa3c7", "#2f5d8a")[side],
            )
        place.set_xticks(range(len(names)), names)
        place.set_title(axis, fontsize=10)
        place.legend(fontsize=8)
        place.spines[["top", "right"]].set_visible(False)
    places[0].set_ylabel("CPU µs a request, server + PostgreSQL")
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path, dpi=110)
