"""`config.wsgi:application`: HTTP for any WSGI server."""

import os
from collections.abc import Callable
from io import BytesIO
from typing import Any

from django.core.wsgi import get_wsgi_application

from config.checks import refuse_unsafe_settings
from config.database import serve_in_time
from config.memory import collect_between_requests
from config.requests import tolerant

AT_HAND = 16_384  # bytes; what is so short comes with the head of the request, or right behind it

Application = Callable[[dict[str, Any], Callable[..., Any]], Any]


def at_one_go(application: Application) -> Application:
    """The same, taking a short body and giving a whole answer in one piece. Of pieces a server does not know how many
    there are: granian hands each over between its thread and ours, and one has to wake the other for it."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        length = environ.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length) <= AT_HAND:
            environ["wsgi.input"] = BytesIO(environ["wsgi.input"].read(int(length)))
        response = application(environ, start_response)
        if getattr(response, "streaming", True):
            return response
        response.close()
        return [response.content]

    return answer


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
refuse_unsafe_settings()
serve_in_time()
application = at_one_go(tolerant(get_wsgi_application()))
collect_between_requests()
