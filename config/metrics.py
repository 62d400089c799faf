"""Metrics, in the words of Prometheus: what is counted and how it is read. Imported where METRICS_TOKEN is set.

Of several workers each writes into files of its own in PROMETHEUS_MULTIPROC_DIR, and whichever is asked adds them up.
docs/operations.md says what each metric means.
"""

import os
from collections.abc import Collection
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)

from messaging.live import Audience, handed_out
from schema.asked import codes_of
from schema.documents import GRAPHQL_PATHS, Operation, parse_document
from schema.errors import ErrorCode
from schema.live.hub import CONNECTION_KINDS, connected, disconnected
from schema.persisted import read_manifest

MAX_NAMES = 100  # of operations; each has a histogram of its own
MAX_NAME_LENGTH = 100
OTHER, NONE = "(other)", "(none)"  # no name in GraphQL has brackets

SECONDS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
LAG_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

operation_seconds = Histogram(
    "parley_operation_seconds", "Time to answer a GraphQL request.", ["operation", "type"], buckets=SECONDS
)
errors = Counter("parley_errors", "Errors and refusals in GraphQL answers, by code.", ["code"])
for each in ErrorCode:
    errors.labels(each.value)  # from zero on: of a counter that is new nobody can say that it has grown
responses = Counter("parley_responses", "HTTP answers of any kind, by status.", ["status"])
live_connections = Gauge(
    "parley_live_connections", "Sockets and event streams that are open.", ["kind"], multiprocess_mode="livesum"
)
events_delivered = Counter("parley_events_delivered", "Events handed to live subscriptions, once for each.")
event_lag_seconds = Histogram(
    "parley_event_lag_seconds",
    "From an event's creation until it is handed to those who listen at a process.",
    buckets=LAG_SECONDS,
)


# ── requests ────────────────────────────────────────────────────────────────────────────────────────────────────────


class Names:
    """The operations that have a name of their own here: a client may think of any number, and memory has an end.

    Those of the manifest always have; of the others the first hundred that were valid.
    """

    def __init__(self, known: Collection[str]) -> None:
        self._known, self._free = set(known), MAX_NAMES

    def label(self, operation: Operation) -> str:
        name = operation.name
        if not name or name in self._known:
            return name or NONE
        if not self._free or len(name) > MAX_NAME_LENGTH or not _is_valid(operation):
            return OTHER
        self._free -= 1
        self._known.add(name)
        return name


def _is_valid(operation: Operation) -> bool:
    return operation.document is not None and operation.document.validation_errors == []


def names_of_manifest() -> set[str]:
    if not settings.PERSISTED_DOCUMENTS_FILE:
        return set()
    texts = set(read_manifest(settings.PERSISTED_DOCUMENTS_FILE).values())
    return {name for text in texts for name in parse_document(text).operations if name}


names = Names(names_of_manifest())


def count(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    _responses(response.status_code).inc()
    if request.path_info not in GRAPHQL_PATHS:
        return
    operation = getattr(request, "operation", None)
    if isinstance(operation, Operation) and operation.type is not None:
        _timer(names.label(operation), operation.type.value).observe(seconds)
    else:
        _timer(NONE, NONE).observe(seconds)
    for code in codes_of(request):
        errors.labels(code).inc()


@cache
def _responses(status: int) -> Counter:
    return responses.labels(str(status))


@cache
def _timer(operation: str, type: str) -> Histogram:
    """Of so many as there are names."""
    return operation_seconds.labels(operation, type)


# ── what is live ────────────────────────────────────────────────────────────────────────────────────────────────────

for kind in CONNECTION_KINDS:
    live_connections.labels(kind).set(0)  # the file of a process that had the same number may say otherwise


def _connected(kind: str, **_: Any) -> None:
    live_connections.labels(kind).inc()


def _disconnected(kind: str, **_: Any) -> None:
    live_connections.labels(kind).dec()


def _handed_out(audiences: list[Audience], count: int, **_: Any) -> None:
    now = timezone.now()
    for audience in audiences:
        event_lag_seconds.observe(max(0.0, (now - audience.occasion.created_at).total_seconds()))
    events_delivered.inc(count)


connected.connect(_connected)
disconnected.connect(_disconnected)
handed_out.connect(_handed_out)


# ── how it is read ──────────────────────────────────────────────────────────────────────────────────────────────────


def page() -> HttpResponse:
    return HttpResponse(generate_latest(_registry()), content_type=CONTENT_TYPE_LATEST)


def _registry() -> CollectorRegistry:
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if not folder:
        return REGISTRY
    forget_the_dead(Path(folder))
    together = CollectorRegistry()
    multiprocess.MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return together


def forget_the_dead(folder: Path) -> None:
    """A worker that was killed has closed its connections, and could not say so. What it has counted stays."""
    for process in {int(file.stem.rpartition("_")[2]) for file in folder.glob("gauge_live*_*.db")}:
        try:
            os.kill(process, 0)  # asks whether it is there
        except ProcessLookupError:
            with suppress(FileNotFoundError):  # another worker is asked at the same time
                multiprocess.mark_process_dead(process)  # type: ignore[no-untyped-call]
        except PermissionError:
            continue
