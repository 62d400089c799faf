"""Requests that Django would not survive or would wait for: an unreadable Content-Type, a body that does not come, or
does not end.

Django reads the Content-Type while it makes the request, outside of all middleware: a charset that Python does not know
as one (`base64`, `undefined`) raises there, and the server answers 500. Such a request has no usable content type.
Before that it waits for the whole body, however long.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from io import BytesIO
from typing import Any, NamedTuple

from django.conf import settings
from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpRequest, parse_cookie
from django.http.request import HttpHeaders
from django.utils.functional import cached_property

from schema.responses import Refused, refuse
from schema.uploads import MULTIPART

BODY_TIMEOUT = 10.0  # seconds of silence before a body is whole, as in proxy/nginx.conf
BODY_SECONDS = 60.0  # until a body is whole, however little falls in at a time,
UPLOAD_SECONDS = 600.0  # and one with files

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


class PlainHeaders(HttpHeaders):
    """Django's, looked up one by one. To read two or three of them, its own would first be made of all."""

    def __init__(self, environ: dict[str, Any]) -> None:
        self.environ = environ

    def __getitem__(self, name: str) -> str:
        value: str = self.environ[self.to_wsgi_name(name)]
        return value

    def get(self, name: str, default: Any = None) -> Any:
        return self.environ.get(self.to_wsgi_name(name), default)

    @cached_property
    def _store(self) -> Any:  # type: ignore[override]
        """For whoever asks which there are."""
        return HttpHeaders(self.environ)._store


class PlainWSGIRequest(WSGIRequest):
    @cached_property
    def headers(self) -> PlainHeaders:
        return PlainHeaders(self.META)

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        read_content_type(self, lambda: super(PlainWSGIRequest, self)._set_content_type_params(meta))  # type: ignore[misc]


class PlainASGIRequest(ASGIRequest):
    @cached_property
    def headers(self) -> PlainHeaders:
        return PlainHeaders(self.META)

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        read_content_type(self, lambda: super(PlainASGIRequest, self)._set_content_type_params(meta))  # type: ignore[misc]


def read_content_type(request: HttpRequest, read: Any) -> None:
    try:
        read()
        "".encode(request.encoding or "utf-8")  # raises for codecs that are none of text
    except (ValueError, LookupError):
        request.content_type, request.content_params = "", {}
        request._encoding = None  # type: ignore[attr-defined]


class BodyMissing(Exception):
    """The client said that a body would come, and fell silent or dawdles."""


class BodyTooLarge(Exception):
    """More has come than a request of its kind may have; whether its length was told does not matter."""


class Bounds(NamedTuple):
    """Of a body."""

    size: int
    seconds: float


def bounds_of(scope: Message) -> Bounds:
    """A form of somebody may bring files, everything else is short."""
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    if headers.get(b"content-type", "").lower().startswith(MULTIPART) and claims_to_be_somebody(headers):
        return Bounds(settings.MULTIPART_MAX_SIZE, UPLOAD_SECONDS)
    return Bounds(settings.DATA_UPLOAD_MAX_MEMORY_SIZE, BODY_SECONDS)


def claims_to_be_somebody(headers: Mapping[bytes, str]) -> bool:
    """Whether that is true is asked once the body is there, and before it is read (`check_can_upload`)."""
    return b"authorization" in headers or settings.SESSION_COOKIE_NAME in parse_cookie(headers.get(b"cookie", ""))


def impatient(application: ASGIHandler) -> Application:
    """The same, answering 408 where half a body came and then little or nothing, and 413 where too much of it came,
    which Django would write to disk first. The proxy in production does so before."""

    async def answer(scope: Message, receive: Receive, send: Send) -> None:
        try:
            await application(scope, receive_in_time(receive, bounds_of(scope)), send)
        except BodyMissing as missing:
            await say(scope, send, Refused(str(missing), status=408, headers={"Connection": "close"}))
        except BodyTooLarge:
            await say(scope, send, Refused("The body is too large.", status=413, code="PAYLOAD_TOO_LARGE"))

    async def say(scope: Message, send: Send, refusal: Refused) -> None:
        response = refuse(PlainASGIRequest(scope, BytesIO()), refusal)
        response["Content-Length"] = str(len(response.content))  # which a middleware does for other answers
        await application.send_response(response, send)

    return answer


def receive_in_time(receive: Receive, bounds: Bounds) -> Receive:
    """Raises BodyMissing, BodyTooLarge. Once the body is whole, whoever listens for the end of a connection may wait
    for ever."""
    is_whole, size = False, 0
    end = asyncio.get_running_loop().time() + bounds.seconds

    async def receive_part() -> Message:
        nonlocal is_whole, size
        if is_whole:
            return await receive()
        message = await in_time(receive, end, bounds.seconds)
        size += len(message.get("body", b""))
        if size > bounds.size:
            raise BodyTooLarge
        is_whole = not message.get("more_body", False)
        return message

    return receive_part


async def in_time(receive: Receive, end: float, seconds: float) -> Message:
    """The next part of a body that is to be whole at `end`, so many seconds after it began. Raises BodyMissing."""
    left = end - asyncio.get_running_loop().time()
    try:
        return await asyncio.wait_for(receive(), min(left, BODY_TIMEOUT))
    except TimeoutError:
        if left < BODY_TIMEOUT:
            raise BodyMissing(f"The body has not come whole within {seconds:g} seconds.") from None
        raise BodyMissing(f"The rest of the body has not come for {BODY_TIMEOUT:g} seconds.") from None


def tolerant(application: Any) -> Any:
    """The same application, making requests that can always be made, and not waiting for ever for one."""
    if isinstance(application, WSGIHandler):
        application.request_class = PlainWSGIRequest
    elif isinstance(application, ASGIHandler):
        application.request_class = PlainASGIRequest
        return impatient(application)
    return application
