"""Requests whose Content-Type nobody can read.

Django reads the header while it makes the request, outside of all middleware: a charset that Python does not know as
one (`base64`, `undefined`) raises there, and the server answers 500. Such a request has no usable content type.
"""

from typing import Any

from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpRequest


class PlainWSGIRequest(WSGIRequest):
    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        read_content_type(self, lambda: super(PlainWSGIRequest, self)._set_content_type_params(meta))  # type: ignore[misc]


class PlainASGIRequest(ASGIRequest):
    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        read_content_type(self, lambda: super(PlainASGIRequest, self)._set_content_type_params(meta))  # type: ignore[misc]


def read_content_type(request: HttpRequest, read: Any) -> None:
    try:
        read()
        "".encode(request.encoding or "utf-8")  # raises for codecs that are none of text
    except (ValueError, LookupError):
        request.content_type, request.content_params = "", {}
        request._encoding = None  # type: ignore[attr-defined]


def tolerant(application: Any) -> Any:
    """The same application, making requests that can always be made."""
    if isinstance(application, WSGIHandler):
        application.request_class = PlainWSGIRequest
    elif isinstance(application, ASGIHandler):
        application.request_class = PlainASGIRequest
    return application
