"""The scenarios: one function for each row of docs/security.md about faults, with the row's figures at scale 1.

Each makes its people, sends while something breaks, and lets the run judge.
"""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from reliability.runs import Result, Run
from reliability.scenarios import following, kills, outages, sending


class Scenario(NamedTuple):
    row: int
    title: str
    play: Callable[[Run], Awaitable[Result]]
    house: frozenset[str] = frozenset()
    """What is special about its house: an argument of servers.house. The same means the same house."""


ON_SQLITE, WITH_A_CLOCK = frozenset({"on_sqlite"}), frozenset({"has_own_clock"})

SCENARIOS = [
    Scenario(46, "Everything sent is there once, however often it was sent", sending.repeated_and_broken_off),
    Scenario(47, "One hot conversation", sending.one_hot_conversation),
    Scenario(48, "A worker is killed every 3 s", kills.killed_workers),
    Scenario(49, "Killed between commit and answer", kills.killed_before_the_answer),
    Scenario(50, "PostgreSQL is restarted twice", outages.postgresql_restarted),
    Scenario(51, "Redis is killed", outages.redis_killed),
    Scenario(52, "Clients drop every few seconds", following.dropping_clients),
    Scenario(53, "State and stream, in either order", following.state_and_stream),
    Scenario(54, "People are removed and added again", following.people_coming_and_going),
    Scenario(55, "SQLite with four processes", sending.on_sqlite, ON_SQLITE),
    Scenario(56, "The clock steps back an hour", outages.clock_stepped_back, WITH_A_CLOCK),
]
