"""Traces: a span for each request, with its statements in it, and not a word of what was said."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from accounts.models import User
from config import tracing
from config.settings import MIDDLEWARE
from schema import lists
from tests.conftest import Door
from tests.operations import ME, REGISTER, USERS

CANARY = "canary"


class Spans(InMemorySpanExporter):
    def requests(self) -> list[ReadableSpan]:
        return [span for span in self.get_finished_spans() if span.kind is SpanKind.SERVER]

    def statements(self) -> list[ReadableSpan]:
        return [span for span in self.get_finished_spans() if span.kind is SpanKind.CLIENT]

    def told(self) -> str:
        return json.dumps([json.loads(span.to_json()) for span in self.get_finished_spans()])


@pytest.fixture
def spans(settings: Any, db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Spans]:
    spans = Spans()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    monkeypatch.setattr(tracing, "tracer", lambda: provider.get_tracer("parley"))
    settings.MIDDLEWARE = [MIDDLEWARE[0], "config.middleware.tracing.Tracing", *MIDDLEWARE[1:]]
    tracing.trace_statements(connection)
    yield spans
    connection.execute_wrappers.remove(tracing.in_span)


def test_by_default_nothing_is_traced() -> None:
    assert not [name for name in MIDDLEWARE if "tracing" in name]
    assert not connection.execute_wrappers


def test_a_request_is_a_span_with_its_statements_in_it(alice: Door, spans: Spans) -> None:
    alice.post(USERS, HTTP_X_REQUEST_ID="find-me")
    (request,) = spans.requests()
    assert request.name == "query Users"
    assert dict(request.attributes or {}) == {
        "graphql.operation.type": "query",
        "graphql.operation.name": "Users",
        "http.request.method": "POST",
        "http.response.status_code": 200,
        "parley.request_id": "find-me",
        "parley.errors": (),
    }
    assert request.status.status_code is StatusCode.UNSET
    statements = spans.statements()
    assert statements
    assert {span.name for span in statements} == {"SELECT"}
    assert {span.parent.span_id for span in statements if span.parent} == {request.context.span_id}
    assert {(span.attributes or {})["db.system.name"] for span in statements} == {connection.vendor}


def test_it_goes_on_with_the_trace_of_the_client(alice: Door, spans: Spans) -> None:
    alice.post(ME, HTTP_TRACEPARENT=f"00-{'ab' * 16}-{'cd' * 8}-01")
    (request,) = spans.requests()
    assert (request.context.trace_id, request.parent and request.parent.span_id) == (
        int("ab" * 16, 16),
        int("cd" * 8, 16),
    )


def test_a_refusal_is_told_by_its_code_and_is_no_failure(anyone: Door, spans: Spans) -> None:
    anyone.post(USERS)
    (request,) = spans.requests()
    assert (request.attributes or {})["parley.errors"] == ("UNAUTHENTICATED",)
    assert request.status.status_code is StatusCode.UNSET


def test_a_fault_is_a_failure_without_its_words(alice: Door, spans: Spans, monkeypatch: pytest.MonkeyPatch) -> None:
    def people_for(viewer: Any) -> Any:
        raise RuntimeError(CANARY)

    monkeypatch.setattr(lists, "people_for", people_for)
    alice.post(USERS)
    (request,) = spans.requests()
    assert (request.status.status_code, request.events) == (StatusCode.ERROR, ())
    assert CANARY not in spans.told()


def test_a_statement_that_fails_is_told_by_the_type_of_the_failure(alice: Door, spans: Spans) -> None:
    """PostgreSQL repeats the value in what it says."""
    with tracing.tracer().start_as_current_span("a request"), pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("alice", f"{CANARY}@example.com")
    (failed,) = [span for span in spans.statements() if span.status.status_code is StatusCode.ERROR]
    assert (failed.status.description, failed.events) == ("IntegrityError", ())
    assert CANARY not in spans.told()


@pytest.mark.row(35)
def test_nothing_that_somebody_has_said_is_told(alice: Door, spans: Spans) -> None:
    query = "query Q($name: String) { user(username: $name) { id } }"
    alice.post(query, {"name": CANARY}, HTTP_USER_AGENT=CANARY, HTTP_COOKIE=f"sessionid={CANARY}")
    alice.client.get("/graphql", {"query": f'{{ user(username: "{CANARY}") {{ id }} }}'})
    alice.ask(REGISTER, input={"username": CANARY, "email": "canary@example.com", "password": f"{CANARY} long"})
    assert len(spans.requests()) == 3
    assert alice.token is not None
    for secret in (CANARY, alice.token, "alice@example.com", "127.0.0.1"):
        assert secret not in spans.told()


def test_what_is_no_operation_is_no_span(alice: Door, spans: Spans) -> None:
    alice.client.get("/health/ready")
    User.objects.count()
    assert spans.get_finished_spans() == ()
