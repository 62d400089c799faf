"""Rounds: the servers side by side, first compared, then loaded in turn, and what each round has cost."""

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from benchmarks import measure
from benchmarks.load import Plan, load
from benchmarks.servers import Kind, Server
from benchmarks.services import Services
from benchmarks.workloads import WORKLOADS, Pair, Workload, body_of, plain, request, without_what_is_new

COMPARED = 20  # requests of each workload
WARMING = 20
COUNTED = 20
AT_LEAST = 50  # requests of a round
CONNECTIONS = 8
Tell = Callable[[str], None]


@dataclass
class Round:
    """One server under one workload for some seconds; CPU in microseconds a request."""

    per_second: float
    p50: float
    p99: float
    server_cpu: float
    database_cpu: float
    redis_cpu: float

    @property
    def cpu(self) -> float:
        """What the targets are about: server and PostgreSQL."""
        return self.server_cpu + self.database_cpu


@dataclass
class Result:
    """All rounds of one server under one workload."""

    rounds: list[Round] = field(default_factory=list)
    statements: float | None = None
    """SQL statements a request; None where PostgreSQL does not count them."""

    def median(self, of: Callable[[Round], float]) -> float:
        return statistics.median(map(of, self.rounds))

    @property
    def cpu(self) -> float:
        return self.median(lambda one: one.cpu)

    @property
    def spread(self) -> tuple[float, float]:
        costs = [one.cpu for one in self.rounds]
        return min(costs), max(costs)


Results = dict[tuple[str, str], Result]
"""By the names of workload and server."""


@dataclass(frozen=True)
class Case:
    """A workload, and the people and conversations it is asked about."""

    name: str
    workload: Workload
    pairs: Sequence[Pair]

    def requests(self, kind: Kind) -> list[str]:
        """Whole HTTP requests, one for each pair."""
        tokens = {person: kind.token(person) for person, _ in self.pairs}
        return [
            request(body_of(self.workload, pair, place, kind.rewrite), tokens[pair[0]]).decode()
            for place, pair in enumerate(self.pairs)
        ]


class Differs(Exception):
    """Two servers do not answer the same."""


def compare(cases: Iterable[Case], servers: Sequence[Server]) -> None:
    """The same questions to all of them. Raises Differs."""
    for case in cases:
        is_mutation = case.workload.document.startswith("mutation")
        for place, pair in enumerate(case.pairs[:COMPARED]):
            answers = []
            for server in servers:
                answer = plain(server.ask(body_of(case.workload, pair, place, server.kind.rewrite), pair[0]))
                answers.append(without_what_is_new(answer) if is_mutation else answer)
            for server, answer in zip(servers, answers, strict=True):
                if answer != answers[0]:
                    pieces = [f"{servers[0].kind.name}: {answers[0]}", f"{server.kind.name}: {answer}"]
                    raise Differs(f"{case.name}, {pair}:\n" + "\n".join(piece[:3_000] for piece in pieces))


def run(
    cases: Sequence[Case],
    servers: Sequence[Server],
    services: Services,
    rounds: int,
    seconds: float,
    connections: int,
    tell: Tell,
) -> Results:
    """Every server in every round, so that what else the machine does is spread over all of them."""
    results: Results = {(case.name, server.kind.name): Result() for case in cases for server in servers}
    for case in cases:
        for server in servers:
            for place, pair in enumerate(case.pairs[:WARMING]):
                server.ask(body_of(case.workload, pair, place, server.kind.rewrite), pair[0])
            results[case.name, server.kind.name].statements = _count_statements(case, server, services.database_url)
    watched = Watched(services)
    for place in range(1, rounds + 1):
        for case in cases:
            for server in servers:
                _be_seen(case, server)
                one = watched.load(case, server, seconds, connections)
                results[case.name, server.kind.name].rounds.append(one)
            costs = (
                f"{server.kind.name} {results[case.name, server.kind.name].rounds[-1].cpu:,.0f}" for server in servers
            )
            tell(f"round {place} of {rounds}, {case.name}: {', '.join(costs)} µs of CPU a request")
    return results


class Watched:
    """PostgreSQL and Redis, whose CPU time is looked at before and after."""

    def __init__(self, services: Services) -> None:
        self.database = measure.postmaster(services.database_url)
        self.redis = measure.redis(services.redis_url)

    def load(self, case: Case, server: Server, seconds: float, connections: int) -> Round:
        pids = (server.pid, self.database, self.redis)
        before = [measure.cpu(pid) for pid in pids]
        seen = load(Plan(server.port, case.requests(server.kind), connections, seconds, AT_LEAST))
        spent = [
            (measure.cpu(pid) - at_first) / len(seen.milliseconds) for pid, at_first in zip(pids, before, strict=True)
        ]
        return Round(seen.per_second, seen.percentile(0.5), seen.percentile(0.99), *spent)


def _be_seen(case: Case, server: Server) -> None:
    """Everybody asks for something small: who was seen within the minute is not written down again while we measure."""
    for person in dict.fromkeys(person for person, _ in case.pairs):
        server.ask(body_of(WORKLOADS["W4"], (person, 0), 0, server.kind.rewrite), person)


def _count_statements(case: Case, server: Server, url: str) -> float | None:
    pairs = case.pairs[:COUNTED]
    with measure.statements(url) as found:
        for place, pair in enumerate(pairs):
            server.ask(body_of(case.workload, pair, place, server.kind.rewrite), pair[0])
    return sum(calls for calls, _ in found) / len(pairs) if found else None
