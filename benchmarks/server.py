"""A server as production runs it, for a benchmark: granian on loopback, an empty SQLite file, gone afterwards."""

import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

from tests.servers import PATIENCE, free_ports, is_up, running, wait_for  # noqa: E402 - found by the lines above

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "DEBUG": "off",
    "HTTPS": "off",
    "ALLOWED_HOSTS": "127.0.0.1",
    "SECRET_KEY": "for the benchmarks alone, and for one of them at a time",
    "JWT_SECRET_KEY": "for the tokens of the benchmarks alone, one at a time",
    "REDIS_URL": "",
    "TRUSTED_PROXIES": "",
    "ACCESS_HOURS": "off",
    # What is measured is asked for more often than anybody may: neither guard is to answer instead.
    "RATE_LIMITS": "off",
    "LOGIN_FAILURES": "999999/1s",
}


class Server:
    """One connection, kept open: what is timed is the answer, not the handshake."""

    def __init__(self, port: int) -> None:
        self.line = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)

    def ask(self, query: str, variables: dict[str, Any] | None = None) -> tuple[float, Any]:
        """(milliseconds, answer)"""
        body = json.dumps({"query": query, "variables": variables or {}}).encode()
        started = time.perf_counter()
        self.line.request("POST", "/graphql", body, {"Content-Type": "application/json"})
        answer = self.line.getresponse().read()
        return (time.perf_counter() - started) * 1000, json.loads(answer)


@contextmanager
def serving() -> Iterator[Server]:
    with tempfile.TemporaryDirectory() as name:
        folder, (port,) = Path(name), free_ports(1)
        environment = {**ENVIRONMENT, "DATABASE_URL": f"sqlite:///{folder / 'parley.sqlite3'}"}
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=environment, check=True)
        granian = [
            sys.executable,
            "-m",
            "granian",
            "--interface",
            "wsgi",
            "--port",
            str(port),
            "config.wsgi:application",
        ]
        with running(granian, environment, folder / "log"):
            wait_for(is_up(port))
            yield Server(port)


def told(name: str, times: list[float]) -> str:
    """A line of a report: the median, the middle half, and the slowest, in milliseconds."""
    first, _, third = statistics.quantiles(times, n=4)
    return f"{name:<34}{statistics.median(times):>9.1f}{first:>9.1f}{third:>9.1f}{max(times):>9.1f}"


HEADING = f"{'milliseconds':<34}{'median':>9}{'25 %':>9}{'75 %':>9}{'slowest':>9}"
