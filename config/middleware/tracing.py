"""Tracing: a span around each GraphQL request. Not there without OTEL_EXPORTER_OTLP_ENDPOINT."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from opentelemetry.propagate import extract
from opentelemetry.trace import SpanKind

from config import tracing
from schema.documents import GRAPHQL_PATHS


class Tracing:
    """Goes on with the trace of a client that has begun one (`traceparent`: https://www.w3.org/TR/trace-context/)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.tracer = tracing.tracer()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info not in GRAPHQL_PATHS:
            return self.get_response(request)
        before = extract(request.headers)
        with tracing.silent_span(self.tracer, "graphql", context=before, kind=SpanKind.SERVER) as span:
            response = self.get_response(request)
            tracing.describe(span, request, response)
        return response
