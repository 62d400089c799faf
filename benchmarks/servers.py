"""The servers that are compared: the floor, ours as production runs it, and the documented way."""

import http.client
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

from benchmarks import ENVIRONMENT
from benchmarks.measure import cpu
from benchmarks.services import HOME, Missing, Services
from benchmarks.workloads import ME, token, token_as_documented
from tests.compose import command_of
from tests.servers import ROOT, free_ports, running

PATIENCE = 60  # seconds
WORKERS = os.cpu_count() or 1
THREADS = 1


@dataclass(frozen=True)
class Kind:
    """What is started, and how it is spoken to."""

    name: str
    application: str
    token: Callable[[int], str] = token
    rewrite: Callable[[str], str] = str
    """Its way to say a document."""


@dataclass(frozen=True)
class Server:
    kind: Kind
    port: int
    pid: int
    first_answer: float
    """Seconds from its start."""
    starting_cpu: float
    """Seconds of CPU until then."""

    def ask(self, body: bytes, person: int) -> Any:
        status, answer = post(self.port, body, self.kind.token(person))
        assert status == http.client.OK, (self.kind.name, status, answer)
        return json.loads(answer)


def with_edges(document: str) -> str:
    """The cursor connection of the documentation knows `edges { node … }` alone."""
    before, nodes, after = document.partition("nodes {")
    if not nodes:
        return document
    depth, end = 1, 0
    while depth:
        depth += {"{": 1, "}": -1}.get(after[end], 0)
        end += 1
    return f"{before}edges {{ node {{{with_edges(after[:end])} }}{with_edges(after[end:])}"


FLOOR = Kind("floor", "benchmarks.floor:application")
OURS = Kind("ours", "config.wsgi:application")
DOCUMENTED = Kind("documented", "benchmarks.documented.wsgi:application", token_as_documented, with_edges)


@contextmanager
def serving(kind: Kind, services: Services) -> Iterator[Server]:
    """A web process, as compose.yaml starts it."""
    *command, _ = command_of("web")
    with _running(kind, [*command, kind.application], services) as server:
        yield server


@contextmanager
def serving_live(services: Services) -> Iterator[Server]:
    """A live process, as compose.yaml starts it."""
    with _running(replace(OURS, name="live"), command_of("live"), services) as server:
        yield server


@contextmanager
def _running(kind: Kind, command: list[str], services: Services) -> Iterator[Server]:
    (port,) = free_ports(1)
    environment = {**ENVIRONMENT, "DATABASE_URL": services.database_url, "REDIS_URL": services.redis_url}
    environment |= {
        "GRANIAN_PORT": str(port),
        "GRANIAN_WORKERS": str(WORKERS),
        "GRANIAN_BLOCKING_THREADS": str(THREADS),
    }
    environment |= {"UVICORN_PORT": str(port), "PYTHONPATH": str(ROOT)}
    log = HOME / f"{kind.name}.log"  # of requests, too: writing it is part of what is measured
    log.unlink(missing_ok=True)
    body = json.dumps({"query": ME, "operationName": "Me", "variables": {}}).encode()
    started = time.monotonic()
    with running(command, environment, log) as process:
        while not _answers(port, body, kind.token(1)):
            if process.poll() is not None or time.monotonic() > started + PATIENCE:
                raise Missing(f"The {kind.name} server does not start:\n{log.read_text()[-2_000:]}")
            time.sleep(0.02)
        yield Server(kind, port, process.pid, time.monotonic() - started, cpu(process.pid) / 1_000_000)


def post(port: int, body: bytes, token: str) -> tuple[int, bytes]:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        line.request("POST", "/graphql", body, {"Content-Type": "application/json", "Authorization": f"Bearer {token}"})
        response = line.getresponse()
        return response.status, response.read()
    finally:
        line.close()


def _answers(port: int, body: bytes, token: str) -> bool:
    with suppress(OSError, http.client.HTTPException):
        return post(port, body, token)[0] == http.client.OK
    return False
