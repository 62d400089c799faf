"""How answers are written: GraphQL JSON in whichever of its two media types the client prefers, refusals included."""

from functools import lru_cache
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from schema.asked import note_codes
from schema.event_stream import COMPLETE, MEDIA_TYPE, asks_for_stream, next_event

JSON = "application/json"
RESPONSE_JSON = "application/graphql-response+json"


class Refused(Exception):
    """The request is answered without running anything: HTTP status, code, a sentence, and what the code needs.

    A status of None is that of a document which cannot be run: 400, but 200 in the older application/json
    (GraphQL over HTTP, 6.4).
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = 400,
        code: str = "BAD_REQUEST",
        headers: dict[str, str] | None = None,
        **extensions: Any,
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.headers, self.extensions = status, code, headers or {}, extensions

    @property
    def described(self) -> dict[str, Any]:
        """As the client sees it."""
        return {"message": str(self), "extensions": {"code": self.code, **self.extensions}}


def refuse(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """A GraphQL answer to a request that was not run."""
    note_codes(request, [refusal.code])
    body = {"errors": [refusal.described]}
    if refusal.status is None and asks_for_stream(request):
        return _stream_of_one(body)
    response = respond(request, body, refusal.status or document_error_status(request))
    for name, value in refusal.headers.items():
        response[name] = value
    return response


def _stream_of_one(body: dict[str, Any]) -> HttpResponse:
    """What else graphql-sse would take for a broken connection, and ask for again and again."""
    response = HttpResponse(next_event(as_json(body)) + COMPLETE, content_type=f"{MEDIA_TYPE}; charset=utf-8")
    response["Vary"] = "Accept"
    response["Cache-Control"] = "no-store"
    return response


def document_error_status(request: HttpRequest) -> int:
    return 200 if media_type(request) == JSON else 400


def as_json(body: dict[str, Any]) -> str:
    return encode(body).decode()


def encode(body: dict[str, Any]) -> bytes:
    """Times may stand in it as they are (`write_times`)."""
    return orjson.dumps(body, option=orjson.OPT_UTC_Z)


def respond(request: HttpRequest, body: dict[str, Any], status: int) -> HttpResponse:
    if wants_cost(request):
        body["extensions"] = {"cost": {"requested": request.cost, "limit": settings.GRAPHQL_LIMITS["cost"]}}  # type: ignore[attr-defined]
    response = HttpResponse(encode(body), status=status, content_type=f"{media_type(request)}; charset=utf-8")
    response["Vary"] = "Accept"
    response["Cache-Control"] = "no-store"
    for name, value in getattr(request, "answer_headers", {}).items():
        response[name] = value
    return response


def wants_cost(request: HttpRequest) -> bool:
    """Who sends `X-GraphQL-Cost: 1` is told what the operation was priced at; with COST_IN_ANSWERS, everybody."""
    asked = settings.COST_IN_ANSWERS or request.headers.get("X-GraphQL-Cost") == "1"
    return asked and getattr(request, "cost", None) is not None


def media_type(request: HttpRequest) -> str:
    """Whichever of the two the client prefers; application/json when it does not say, or says it in no known way."""
    return _preferred(request.headers.get("Accept", "*/*"))


@lru_cache  # a client says the same each time
def _preferred(accept: str) -> str:
    request = HttpRequest()
    request.META["HTTP_ACCEPT"] = accept
    try:
        return request.get_preferred_type([JSON, RESPONSE_JSON]) or JSON
    except (ValueError, LookupError):  # `Accept: application/json; a*=no-such-charset'en'b`
        return JSON
