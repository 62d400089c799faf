"""`/graphql`: one operation a request, over POST or, for queries, GET (https://graphql.github.io/graphql-over-http)."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from graphql import GraphQLError, OperationType

from schema import graphiql, persisted
from schema.asked import note_codes
from schema.context import Context
from schema.deadline import Deadline
from schema.documents import Operation, operation_of
from schema.errors import describe, timed_out
from schema.event_stream import asks_for_stream
from schema.live import sse
from schema.responses import Refused, document_error_status, refuse, respond
from schema.running import run


def graphql(request: HttpRequest) -> HttpResponseBase:
    """Answers one GraphQL request. Nothing ever answers 500: an unforeseen exception is a masked GraphQL error."""
    if graphiql.asks_for_page(request):
        return graphiql.page(request)
    try:
        _check_csrf(request)
        operation = operation_of(request)
        _check_method(request, operation)
        if asks_for_stream(request):
            return _stream(request, operation)
        _check_transport(operation)
    except Refused as refusal:
        return refuse(request, refusal)
    body, was_run = _run(request, operation)
    if was_run:
        persisted.keep(operation.text, operation.offered_id)
    return respond(request, body, 200 if was_run else document_error_status(request))


def _stream(request: HttpRequest, operation: Operation) -> StreamingHttpResponse:
    """The same over server-sent events, which is what a subscription needs. Raises Refused."""
    sse.check_can_stream(request)
    if operation.type is OperationType.SUBSCRIPTION:
        return sse.event_stream(sse.told(_context(request, operation), request.id))  # type: ignore[attr-defined]
    return sse.event_stream(sse.said_once(_run(request, operation)[0]))


def _run(request: HttpRequest, operation: Operation) -> tuple[dict[str, Any], bool]:
    """The response object, and whether the operation was run at all."""
    if operation.error is not None or operation.document is None:
        return {"errors": _errors(request, [operation.error or GraphQLError("No document.")])}, False
    with Deadline(settings.REQUEST_SECONDS):
        result = run(_context(request, operation))
    late = [error for error in result.errors or [] if timed_out(error.original_error)]
    if late and operation.type is OperationType.QUERY:  # one error, not one for each object that was not reached
        return {"errors": _errors(request, late[:1])}, False
    if result.data is None and result.errors and all(error.path is None for error in result.errors):
        return {"errors": _errors(request, result.errors)}, False
    body: dict[str, Any] = {"data": result.data}
    if result.errors:
        body["errors"] = _errors(request, result.errors)
    return body, True


def _context(request: HttpRequest, operation: Operation) -> Context:
    person = request.user if request.user.is_authenticated else None
    return Context(
        operation=operation,
        request=request,
        address=request.address,  # type: ignore[attr-defined]
        person=person,
        refused_token=request.refused_token,  # type: ignore[attr-defined]
    )


def _errors(request: HttpRequest, errors: list[GraphQLError]) -> list[dict[str, Any]]:
    described = [describe(error, request_id=request.id) for error in errors]  # type: ignore[attr-defined]
    note_codes(request, [error["extensions"]["code"] for error in described])
    return described


def _check_csrf(request: HttpRequest) -> None:
    """Whoever is signed in by the session cookie shows the CSRF token too; a request with a token needs no cookie."""
    if getattr(request, "signed_in_by", None) != "cookie":  # another site cannot forge a token in a header
        return
    checker = CsrfViewMiddleware(lambda _: HttpResponse())
    checker.process_request(request)
    if checker.process_view(request, lambda _: HttpResponse(), (), {}) is not None:
        raise Refused("With the session cookie, send the CSRF token as X-CSRFToken.", status=403, code="FORBIDDEN")


def _check_method(request: HttpRequest, operation: Operation) -> None:
    if request.method == "GET" and operation.type is OperationType.MUTATION:
        raise Refused("Send mutations by POST.", status=405, code="METHOD_NOT_ALLOWED", headers={"Allow": "POST"})


def _check_transport(operation: Operation) -> None:
    if operation.type is OperationType.SUBSCRIPTION:
        sentence = (
            "Subscribe over WebSocket (graphql-transport-ws), or ask for server-sent events: Accept: text/event-stream."
        )
        raise Refused(sentence, status=None, code="OPERATION_RESOLUTION_FAILURE")
