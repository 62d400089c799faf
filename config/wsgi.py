"""`config.wsgi:application`: HTTP for any WSGI server."""

import os
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse

from config.checks import refuse_unsafe_settings
from config.database import serve_in_time
from config.memory import collect_between_requests
from config.requests import tolerant
from schema.documents import GRAPHQL_PATHS

AT_HAND = 16_384  # bytes; what is so short comes with the head of the request, or right behind it

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Any]


class Whole(list[bytes]):
    """An answer in one piece. granian closes no list, but lets go of it when it has been sent: so it closes itself."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__([response.content])
        self._response: HttpResponse | None = response

    def close(self) -> None:
        response, self._response = self._response, None
        if response is not None:
            response.close()

    __del__ = close


def at_one_go(application: Application) -> Application:
    """The same, taking a short body and giving a whole answer in one piece. Of pieces a server does not know how many
    there are: granian hands each over between its thread and ours, and one has to wake the other for it."""

    def answer(environ: Environ, start_response: Callable[..., Any]) -> Any:
        if environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"] in GRAPHQL_PATHS:
            take_body(environ)
        response = application(environ, start_response)
        return response if getattr(response, "streaming", True) else Whole(response)

    return answer


def take_body(environ: Environ) -> None:
    """If it is short, and its length is told."""
    length = environ.get("CONTENT_LENGTH") or ""
    if length.isdecimal() and len(length) <= len(str(AT_HAND)) and int(length) <= AT_HAND:
        with suppress(OSError):  # who has gone is found out by who reads
            environ["wsgi.input"] = BytesIO(environ["wsgi.input"].read(int(length)))


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
refuse_unsafe_settings()
serve_in_time()
application = at_one_go(tolerant(get_wsgi_application()))
collect_between_requests()
