"""Traces, by OpenTelemetry: a span for each GraphQL request, and in it one for each SQL statement.

Imported where OTEL_EXPORTER_OTLP_ENDPOINT is set. In a span stand names, codes and SQL without its parameters; never a
document, a variable, a person, or the words of an exception, which may repeat them.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cache
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.http import HttpRequest, HttpResponse
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, StatusCode

from schema.asked import codes_of, name_of

LONGEST_STATEMENT = 2_000  # characters


@cache
def tracer() -> trace.Tracer:
    """That of this process, which also sends: the standard's own variables, OTEL_…, say where to, and how much."""
    named = Resource.create({SERVICE_NAME: "parley"}).merge(OTELResourceDetector().detect())
    provider = TracerProvider(resource=named)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    connection_created.connect(trace_statements, dispatch_uid="parley.tracing")
    return provider.get_tracer("parley")


def silent_span(tracer: trace.Tracer, name: str, **options: Any) -> AbstractContextManager[Span]:
    """One that does not repeat what an exception says."""
    return tracer.start_as_current_span(name, record_exception=False, set_status_on_exception=False, **options)


def describe(span: Span, request: HttpRequest, response: HttpResponse) -> None:
    """What a request was, once it is answered (OpenTelemetry's semantic conventions for GraphQL and HTTP)."""
    name, codes = name_of(request), codes_of(request)  # type: ignore[arg-type]
    type = getattr(getattr(request, "operation", None), "type", None)
    kind = type.value if type else "graphql"
    span.update_name(f"{kind} {name}" if name else kind)
    span.set_attributes(
        {
            "graphql.operation.type": kind,
            "graphql.operation.name": name or "",
            "http.request.method": request.method or "",
            "http.response.status_code": response.status_code,
            "parley.request_id": request.id,  # type: ignore[attr-defined]
            "parley.errors": codes,
        }
    )
    if response.status_code >= 500 or "INTERNAL_SERVER_ERROR" in codes:
        span.set_status(StatusCode.ERROR)


def trace_statements(connection: BaseDatabaseWrapper, **_: Any) -> None:
    connection.execute_wrappers.append(in_span)


def in_span(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Django's own way to watch statements (its docs: database instrumentation); only of those of a request."""
    if not trace.get_current_span().get_span_context().is_valid:
        return execute(sql, params, many, context)
    text = str(sql)
    attributes = {
        "db.system.name": context["connection"].vendor,
        "db.query.text": text[:LONGEST_STATEMENT],
    }
    verb = text.lstrip("( \n")[:20].partition(" ")[0].upper()
    with silent_span(tracer(), verb, kind=SpanKind.CLIENT, attributes=attributes) as span:
        try:
            return execute(sql, params, many, context)
        except Exception as wrong:
            span.set_status(StatusCode.ERROR, type(wrong).__name__)
            raise
