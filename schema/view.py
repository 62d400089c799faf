"""`/graphql`: one operation a request, over POST or, for queries, GET (https://graphql.github.io/graphql-over-http)."""

import json
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.views.decorators.csrf import csrf_exempt
from graphql import GraphQLError, OperationType

from schema import graphiql
from schema.context import Context
from schema.documents import BadRequest, Operation, operation_of
from schema.errors import describe
from schema.schema import schema

JSON = "application/json"
RESPONSE_JSON = "application/graphql-response+json"


@csrf_exempt  # a token in a header cannot be forged by another site; for the session cookie `_check_csrf` asks
def graphql(request: HttpRequest) -> HttpResponse:
    """Answers one GraphQL request. Nothing ever answers 500: an unforeseen exception is a masked GraphQL error."""
    if _asks_for_page(request):
        return graphiql.page(request)
    try:
        _check_csrf(request)
        operation = operation_of(request)
        _check_method(request, operation)
    except BadRequest as refusal:
        return refuse(request, refusal)
    return _respond(request, *_run(request, operation))


def _asks_for_page(request: HttpRequest) -> bool:
    """No, where the address or the headers cannot be read: `operation_of` says what is wrong with them."""
    try:
        return graphiql.asks_for_page(request)
    except (ValueError, LookupError, SuspiciousOperation):
        return False


def _run(request: HttpRequest, operation: Operation) -> tuple[dict[str, Any], bool]:
    """The response object, and whether the operation was run at all."""
    if operation.error is not None or operation.document is None:
        return {"errors": _errors(request, [operation.error or GraphQLError("No document.")])}, False
    result = schema.execute_sync(
        operation.text,
        variable_values=operation.variables,
        context_value=_context(request, operation),
        operation_name=operation.name,
    )
    if result.data is None and result.errors and all(error.path is None for error in result.errors):
        return {"errors": _errors(request, result.errors)}, False
    body: dict[str, Any] = {"data": result.data}
    if result.errors:
        body["errors"] = _errors(request, result.errors)
    return body, True


def _context(request: HttpRequest, operation: Operation) -> Context:
    assert operation.document is not None
    person = request.user if request.user.is_authenticated else None
    return Context(
        request=request,
        document=operation.document,
        address=request.address,  # type: ignore[attr-defined]
        person=person,
        refused_token=request.refused_token,  # type: ignore[attr-defined]
    )


def _errors(request: HttpRequest, errors: list[GraphQLError]) -> list[dict[str, Any]]:
    described = [describe(error, request_id=request.id) for error in errors]  # type: ignore[attr-defined]
    request.error_codes = [error["extensions"]["code"] for error in described]  # type: ignore[attr-defined]
    return described


def _check_csrf(request: HttpRequest) -> None:
    """Whoever is signed in by the session cookie shows the CSRF token too; a request with a token needs no cookie."""
    if getattr(request, "signed_in_by", None) != "cookie":
        return
    checker = CsrfViewMiddleware(lambda _: HttpResponse())
    checker.process_request(request)
    if checker.process_view(request, lambda _: HttpResponse(), (), {}) is not None:
        raise BadRequest("With the session cookie, send the CSRF token as X-CSRFToken.", status=403, code="FORBIDDEN")


def _check_method(request: HttpRequest, operation: Operation) -> None:
    if request.method == "GET" and operation.type is OperationType.MUTATION:
        raise BadRequest("Send mutations by POST.", status=405, code="METHOD_NOT_ALLOWED", allow="POST")


def refuse(request: HttpRequest, refusal: BadRequest) -> HttpResponse:
    """A GraphQL answer to what is not a GraphQL request."""
    request.error_codes = [refusal.code]  # type: ignore[attr-defined]
    error = {"message": str(refusal), "extensions": {"code": refusal.code}}
    response = _json(request, {"errors": [error]}, refusal.status)
    if refusal.allow:
        response["Allow"] = refusal.allow
    return response


def _respond(request: HttpRequest, body: dict[str, Any], was_run: bool) -> HttpResponse:
    return _json(request, body, 200 if was_run or media_type(request) == JSON else 400)


def _json(request: HttpRequest, body: dict[str, Any], status: int) -> HttpResponse:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    response = HttpResponse(text, status=status, content_type=f"{media_type(request)}; charset=utf-8")
    response["Vary"] = "Accept"
    response["Cache-Control"] = "no-store"
    return response


def media_type(request: HttpRequest) -> str:
    """Whichever of the two the client prefers; application/json when it does not say, or says it in no known way."""
    try:
        return request.get_preferred_type([JSON, RESPONSE_JSON]) or JSON
    except (ValueError, LookupError):  # `Accept: application/json; a*=no-such-charset'en'b`
        return JSON
