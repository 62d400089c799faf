"""PostgreSQL and Redis for the benchmarks: those that are named by DATABASE_URL and REDIS_URL, else ones of our own."""

# ruff: noqa: S603 - PostgreSQL's and Redis' own programs, with arguments written here

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from benchmarks import GIVEN
from tests.servers import free_ports, running

HOME = Path(tempfile.gettempdir()) / "parley-benchmarks"
"""Where a cluster of our own stays, so that the next run finds the data set made."""
PROGRAMS = "/usr/lib/postgresql/*/bin"  # where Debian puts what is not for everybody's PATH
PATIENCE = 60  # seconds
PREFIX = "parley_bench"
POSTGRESQL = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
    "shared_preload_libraries": "pg_stat_statements",
}
COUNTING = """
pg_stat_statements.track = none  # counting costs, too: it is turned on for counting alone
pg_stat_statements.track_utility = off
"""


class Missing(Exception):
    """Something that the benchmarks need is not here; the text says what."""


@dataclass(frozen=True)
class Services:
    database_url: str
    redis_url: str


@contextmanager
def services(with_redis: bool = True) -> Iterator[Services]:
    with _postgresql() as database_url:
        if not with_redis:
            yield Services(database_url, "")
        else:
            with _redis() as redis_url:
                yield Services(database_url, redis_url)


@contextmanager
def _postgresql() -> Iterator[str]:
    given = GIVEN["DATABASE_URL"]
    if given:
        if not urlsplit(given).path.startswith(f"/{PREFIX}"):
            raise Missing(
                f"DATABASE_URL must name a database that begins with {PREFIX}: it will be filled and dropped."
            )
        yield given
        return
    cluster, port = HOME / "postgresql", free_ports(1)[0]
    if not (cluster / "PG_VERSION").exists():
        _initialise(cluster)
    settings = [f"-c{name}={value}" for name, value in POSTGRESQL.items()]
    url = f"postgres://postgres@127.0.0.1:{port}/{PREFIX}"
    with (HOME / "postgresql.log").open("ab") as log:
        command = [_program("postgres"), "-D", str(cluster), f"-p{port}", *settings]
        server = subprocess.Popen(command, cwd="/", stdout=log, stderr=log, start_new_session=True, **_postgres())
        try:
            _wait_for(lambda: _answers(url))
            yield url
        finally:
            server.send_signal(signal.SIGINT)  # "fast": connections are ended, nothing is lost
            server.wait(PATIENCE)


@contextmanager
def _redis() -> Iterator[str]:
    """As compose.yaml runs it: it writes no files."""
    given = GIVEN["REDIS_URL"]
    if given:
        yield given
        return
    program = shutil.which("valkey-server") or shutil.which("redis-server")
    if program is None:
        raise Missing("Redis or Valkey is missing: install redis-server, set REDIS_URL, or say --without-redis.")
    port = free_ports(1)[0]
    command = [program, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"]
    with running(command, dict(os.environ), HOME / "redis.log"):
        yield f"redis://127.0.0.1:{port}/0"


def _postgres() -> dict[str, Any]:
    """PostgreSQL does not run as root."""
    return {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}


def _initialise(cluster: Path) -> None:
    HOME.mkdir(exist_ok=True)
    if _postgres():
        shutil.chown(HOME, "postgres", "postgres")
    command = [_program("initdb"), "-D", str(cluster), "-A", "trust", "-U", "postgres", "-E", "UTF8"]
    subprocess.run(command, cwd="/", check=True, stdout=subprocess.DEVNULL, stderr=sys.stderr, **_postgres())
    with (cluster / "postgresql.conf").open("a") as settings:
        settings.write(COUNTING)


def _program(name: str) -> str:
    debian = sorted(Path("/").glob(PROGRAMS.lstrip("/")))
    found = shutil.which(name, path=os.pathsep.join([os.environ["PATH"], *map(str, reversed(debian))]))
    if found is None:
        raise Missing("PostgreSQL is missing: install postgresql, or set DATABASE_URL.")
    return found


def _answers(url: str) -> bool:
    with suppress(psycopg.OperationalError), psycopg.connect(beside(url, "postgres"), connect_timeout=5):
        return True
    return False


def _wait_for(question: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not question():
        if time.monotonic() > end:
            raise Missing(f"PostgreSQL does not start: {HOME / 'postgresql.log'} says why.")
        time.sleep(0.1)


def beside(url: str, name: str) -> str:
    """The address of another database of the same server."""
    return f"{url.rpartition('/')[0]}/{name}"
