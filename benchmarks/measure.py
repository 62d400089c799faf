"""What processes have used, from /proc: CPU time and memory; and the statements that PostgreSQL has run."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString
from urllib.parse import urlsplit

import psycopg
from redis import Redis

TICK = 1_000_000 / os.sysconf("SC_CLK_TCK")  # microseconds
LOCAL = ("127.0.0.1", "localhost", "::1")
KIB_A_PAGE = os.sysconf("SC_PAGE_SIZE") / 1024

# BEGIN and COMMIT are not tracked. PostgreSQL's own checks of foreign keys (FROM ONLY), and what a connection begins
# with, are nobody's request.
COUNTED = """
SELECT calls, query FROM pg_stat_statements
WHERE query NOT LIKE '%pg_stat_statements%' AND query NOT LIKE '% FROM ONLY %' AND query NOT LIKE '%set_config%'
ORDER BY calls DESC"""


@dataclass(frozen=True)
class Stat:
    """A line of /proc/<pid>/stat (proc(5))."""

    pid: int
    parent: int
    ticks: int
    ticks_of_ended: int
    """Of children that have ended, and theirs."""


def stat(pid: int) -> Stat | None:
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        user, system, ended_user, ended_system = map(int, fields[11:15])
        return Stat(pid, int(fields[1]), user + system, ended_user + ended_system)
    return None


def family(pid: int) -> list[Stat]:
    """A process and all that it has started, and these."""
    found = [one for name in os.listdir("/proc") if name.isdigit() and (one := stat(int(name)))]
    pids = {pid}
    while more := {one.pid for one in found if one.parent in pids} - pids:
        pids |= more
    return [one for one in found if one.pid in pids]


def cpu(pid: int | None) -> float:
    """Microseconds of a process and its family, of those that have ended, too. 0 for one of another machine."""
    return sum(one.ticks + one.ticks_of_ended for one in family(pid)) * TICK if pid is not None else 0.0


def workers(pid: int) -> list[int]:
    """The processes that answer: those that have no more below them."""
    everybody = family(pid)
    parents = {one.parent for one in everybody}
    return [one.pid for one in everybody if one.pid not in parents] or [pid]


def resident(pid: int) -> float:
    """MiB in memory."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * KIB_A_PAGE / 1024


def proportional(pid: int) -> float:
    """MiB in memory, what is shared with others divided among them; the same as `resident` where nobody may ask."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return resident(pid)


def postmaster(url: str) -> int | None:
    """PostgreSQL's first process; None where it is on another machine."""
    if urlsplit(url).hostname not in LOCAL:
        return None
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT pg_backend_pid()").fetchone()
        backend = stat(row[0]) if row else None
    return backend.parent if backend else None


def redis(url: str) -> int | None:
    """Redis' process; None without it, and where it is on another machine."""
    if urlsplit(url).hostname not in LOCAL:
        return None
    with Redis.from_url(url) as client:
        return int(client.info("server")["process_id"])


@contextmanager
def statements(url: str) -> Iterator[list[Any]]:
    """Fills the list, at the end, with what was run meanwhile: (how often, the statement). Without pg_stat_statements
    it stays empty."""
    found: list[Any] = []
    with psycopg.connect(url, autocommit=True) as connection:
        loaded = connection.execute("SHOW shared_preload_libraries").fetchone()
        if not loaded or "pg_stat_statements" not in loaded[0]:
            yield found
            return
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        _track(connection, "ALTER SYSTEM SET pg_stat_statements.track = 'top'")
        connection.execute("SELECT pg_stat_statements_reset()")
        try:
            yield found
            found += connection.execute(COUNTED).fetchall()
        finally:
            _track(connection, "ALTER SYSTEM RESET pg_stat_statements.track")


def _track(connection: psycopg.Connection[Any], statement: LiteralString) -> None:
    connection.execute(statement)
    connection.execute("SELECT pg_reload_conf()")
    time.sleep(0.5)  # until every backend has heard of it
