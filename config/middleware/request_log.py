"""The request log: one structured line a request, never a body, a variable or a token."""

import re
import secrets
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from config.addresses import client_address
from config.logs import write_line
from schema.asked import codes_of, current
from schema.documents import GRAPHQL_PATHS, Operation, operation_of
from schema.responses import Refused

SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def request_id(header: str | None) -> str:
    """The caller's own id if it is harmless in a log and a header, else a new one."""
    return header if header and SANE_ID.fullmatch(header) else secrets.token_hex(16)


class RequestLog:
    """Gives the request its id and address, and says afterwards what happened."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        request.id = request_id(request.headers.get("X-Request-ID"))  # type: ignore[attr-defined]
        request.address = client_address(request)  # type: ignore[attr-defined]
        before = current.set(request)  # type: ignore[arg-type]
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request.id  # type: ignore[attr-defined]
            if request.path_info in GRAPHQL_PATHS:
                self._write(request, response, started)
        finally:
            current.reset(before)
        return response

    def _write(self, request: HttpRequest, response: HttpResponse, started: float) -> None:
        """Its id and operation stand in every line (config/logs.py)."""
        operation = _operation(request)
        user = getattr(request, "user", None)
        write_line(
            "request",
            logger="parley.request",
            person=user.pk if user is not None else None,
            address=request.address,  # type: ignore[attr-defined]
            type=operation.type.value if operation and operation.type else None,
            status=response.status_code,
            errors=codes_of(request),
            milliseconds=round((time.perf_counter() - started) * 1000, 1),
        )


def _operation(request: HttpRequest) -> Operation | None:
    try:
        return operation_of(request)
    except Refused:
        return None
