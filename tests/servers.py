"""Real servers for tests: processes on loopback ports, with a database of their own, ended by their ids."""

# ruff: noqa: S603 - this Python, granian, uvicorn, nginx and node, with arguments written in the tests

import http
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
PATIENCE = 30  # seconds

_databases = count(1)


def wait_for(question: Callable[[], Any]) -> Any:
    end = time.monotonic() + PATIENCE
    while not (answer := question()):
        assert time.monotonic() < end, "it has never come"
        time.sleep(0.05)
    return answer


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [taken.getsockname()[1] for taken in sockets]
    for taken in sockets:
        taken.close()
    return ports


@contextmanager
def running(command: list[str], environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process, ended by its id, with those that it has started."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=output, start_new_session=True
        )
    try:
        yield process
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(PATIENCE)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def database(folder: Path) -> Iterator[str]:
    """The address of an empty database: beside that of DATABASE_URL, else a file."""
    given = os.environ.get("DATABASE_URL", "")
    if not given.startswith("postgres"):
        yield f"sqlite:///{folder / 'parley.sqlite3'}"
        return
    name = f"test_servers_{os.getpid()}_{next(_databases)}"
    with psycopg.connect(given.rpartition("/")[0] + "/postgres", autocommit=True) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}"')
        server.execute(f'CREATE DATABASE "{name}"')
        try:
            yield given.rpartition("/")[0] + "/" + name
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def is_up(port: int) -> Callable[[], bool]:
    def ask() -> bool:
        with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=5) as answer:
            return bool(answer.status == http.HTTPStatus.OK)
        return False

    return ask
