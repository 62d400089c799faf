"""Server-sent events: one stream for each operation (graphql-sse, distinct connections mode:
https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md). The request has come through all guards."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connections
from django.http import HttpRequest, StreamingHttpResponse

from accounts.models import User
from messaging.feed import UnknownKind
from schema.asked import Subscribed, current
from schema.context import Context
from schema.event_stream import COMMENT, COMPLETE, MEDIA_TYPE, next_event
from schema.live.delivery import Response
from schema.live.hub import Connection, hub
from schema.live.subscribing import NotSubscribed, subscribe
from schema.responses import Refused, as_json

KEEP_ALIVE = 12.0  # seconds of silence, then a comment is sent: proxies give up on a silent connection


def check_can_stream(request: HttpRequest) -> None:
    """Raises Refused: a synchronous server has one thread for each stream, so it has none."""
    if not hasattr(request, "scope"):
        raise Refused("This process serves no event streams: ask the live one.", status=406)


def event_stream(chunks: AsyncIterator[bytes]) -> StreamingHttpResponse:
    response = StreamingHttpResponse(chunks, content_type=f"{MEDIA_TYPE}; charset=utf-8")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"  # a proxy hands each event on at once
    response["Vary"] = "Accept"
    return response


async def said_once(body: dict[str, Any]) -> AsyncIterator[bytes]:
    """The response to what is no subscription, or was not run."""
    yield next_event(as_json(body))
    yield COMPLETE


async def told(context: Context, request_id: str) -> AsyncIterator[bytes]:
    """The responses to a subscription. It ends without `complete` when the session ends: the client may come back."""
    current.set(Subscribed(request_id, context.operation))  # the request has been answered; this task goes on
    # The guards have asked the database in the thread of the request, which is kept as long as the stream lasts.
    await sync_to_async(connections.close_all)()
    ended = asyncio.Event()
    try:
        with _connected(context.person, ended), suppress(UnknownKind):  # another process can tell what comes next
            async for chunk in _chunks(ended, await subscribe(context)):
                yield chunk
        return
    except NotSubscribed as refusal:
        errors = refusal.described(request_id)
    except Refused as refusal:
        errors = [refusal.described]
    async for chunk in said_once({"errors": errors}):
        yield chunk


@contextmanager
def _connected(person: User | None, ended: asyncio.Event) -> Iterator[None]:
    """Counts the stream among the connections of somebody. Raises Refused when there are enough of them; who is not
    signed in is refused by the subscription itself."""
    if person is None:
        yield
        return
    if hub().is_full(person, "streams"):
        limit = settings.LIVE_LIMITS["streams"]
        raise Refused(f"At most {limit} streams: close one.", code="LIMIT_EXCEEDED", limit=limit)
    connection = Connection(person, "streams", lambda _: ended.set())
    hub().connect(connection)
    try:
        yield
    finally:
        hub().disconnect(connection)


async def _chunks(ended: asyncio.Event, responses: AsyncGenerator[Response, None]) -> AsyncIterator[bytes]:
    try:
        yield COMMENT  # headers and a first byte go out at once, so that the client knows that it is connected
        async for chunk in _until(ended, responses):
            yield chunk
    finally:
        await responses.aclose()


async def _until(ended: asyncio.Event, responses: AsyncGenerator[Response, None]) -> AsyncIterator[bytes]:
    end = asyncio.ensure_future(ended.wait())
    following = asyncio.ensure_future(anext(responses, None))
    try:
        while True:
            await asyncio.wait({end, following}, timeout=KEEP_ALIVE, return_when=asyncio.FIRST_COMPLETED)
            if end.done():
                return
            if not following.done():
                yield COMMENT
                continue
            response = following.result()
            if response is None:
                yield COMPLETE
                return
            yield next_event(response.body)
            following = asyncio.ensure_future(anext(responses, None))
    finally:
        end.cancel()
        following.cancel()
        await asyncio.gather(end, following, return_exceptions=True)
