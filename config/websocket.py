"""The door for WebSockets: `/graphql` speaks graphql-transport-ws, for subscriptions alone. Everything else goes
through the guards, over HTTP. (https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md)"""

import asyncio
import json
import logging
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user
from django.core.exceptions import DisallowedHost
from django.db import DatabaseError
from django.http import HttpRequest, parse_cookie
from graphql import OperationType

from accounts.models import User
from accounts.refusals import TokenInvalid
from accounts.tokens import session_of_access_token
from config.addresses import nearest_untrusted
from config.middleware.authentication import bearer_token
from config.voice import Closed, Event, Send, Voice, forget_failure
from messaging.feed import UnknownKind
from schema import limits
from schema.asked import Subscribed, current
from schema.context import Context
from schema.documents import GRAPHQL_PATHS, Operation, decode_json, operation_from
from schema.live.delivery import Response
from schema.live.hub import Connection, hub, reason_not_to_stay
from schema.live.subscribing import NotSubscribed, subscribe
from schema.responses import Refused, as_json
from schema.schema import schema

logger = logging.getLogger("parley.live")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]

PROTOCOL = "graphql-transport-ws"
MAX_MESSAGE = 64 * 1024  # bytes; the server is told the same, and closes with 1009 too
PERIOD = 10.0  # seconds in which messages are counted
CLOSING = 2.0  # seconds that closing may take

_addresses: Counter[str | None] = Counter()


async def websocket(scope: Scope, receive: Receive, send: Send) -> None:
    """An ASGI application. What may not come in is denied at the handshake: 403."""
    await receive()  # websocket.connect
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    if scope["path"] not in GRAPHQL_PATHS or not is_welcome(headers.get("origin"), headers.get("host", "")):
        await send({"type": "websocket.close"})
        return
    peer = scope["client"][0] if scope.get("client") else None
    address = nearest_untrusted(peer, headers.get("x-forwarded-for", ""), tuple(settings.TRUSTED_PROXIES))
    _addresses[address] += 1
    try:
        await Socket(headers, address, base_of(scope, headers), receive, send).run(scope.get("subprotocols", []))
    finally:
        _addresses[address] -= 1
        if not _addresses[address]:
            del _addresses[address]


def is_welcome(origin: str | None, host: str) -> bool:
    """Whether a page of this origin may open a socket here: our own, one of CORS_ALLOWED_ORIGINS, or no page at all."""
    return is_ours(host) and (origin is None or origin in settings.CORS_ALLOWED_ORIGINS or is_own_page(origin, host))


def is_ours(host: str) -> bool:
    """What Django says of the Host of a request."""
    request = HttpRequest()
    request.META["HTTP_HOST"] = host
    try:
        return bool(request.get_host())
    except DisallowedHost:
        return False


def is_own_page(origin: str | None, host: str) -> bool:
    """A browser sends its cookies to any site that a page of any other site names; only the Origin tells them apart."""
    try:
        return origin is not None and urlsplit(origin).netloc.lower() == host.lower()
    except ValueError:  # `http://[`
        return False


def base_of(scope: Scope, headers: dict[str, str]) -> str:
    """Where the client reaches this server, as `Context.base` has it for a request."""
    told = headers.get("x-forwarded-proto") if settings.TRUSTED_PROXIES else None
    is_secure = told == "https" if told else scope.get("scheme") == "wss"
    return f"{'https' if is_secure else 'http'}://{headers['host']}{scope.get('root_path', '')}"


class Socket:
    """One connection: who it is, and its subscriptions."""

    def __init__(self, headers: dict[str, str], address: str | None, base: str, receive: Receive, send: Send) -> None:
        self.headers, self.address, self.base = headers, address, base
        self._receive = receive
        self._request_id = uuid.uuid4().hex
        self._was_initialised = False
        self._viewer: User | None = None
        self._connection: Connection | None = None
        self._subscriptions: dict[str, asyncio.Task[None]] = {}
        self._end: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._end.add_done_callback(forget_failure)  # it may have ended otherwise by then
        self._period_began, self._messages = 0.0, 0
        self._was_heard = False
        self._voice = Voice(send, self.end)

    async def run(self, subprotocols: list[str]) -> None:
        current.set(Subscribed(self._request_id))
        try:
            await self._accept(subprotocols)
            await self._until_the_end()
        except Closed as closed:
            with suppress(Exception):  # who is to be closed for not reading may not read this either
                async with asyncio.timeout(CLOSING):
                    await self._voice.send({"type": "websocket.close", "code": closed.code, "reason": closed.reason})
        finally:
            for task in self._subscriptions.values():
                task.cancel()
            if self._connection is not None:
                hub().disconnect(self._connection)
            self._voice.fall_silent()

    def end(self, code: int, reason: str) -> None:
        """Closes it, from wherever that is found to be necessary."""
        if not self._end.done():
            self._end.set_exception(Closed(code, reason))

    async def _accept(self, subprotocols: list[str]) -> None:
        known = PROTOCOL in subprotocols
        await self._voice.send({"type": "websocket.accept", "subprotocol": PROTOCOL if known else None})
        if not known:
            raise Closed(4406, "Subprotocol not acceptable")
        if _addresses[self.address] > settings.LIVE_LIMITS["sockets_of_address"]:
            raise Closed(4429, "Too many connections from this address")

    async def _until_the_end(self) -> None:
        """Of the client, or of its patience with us, or ours with it."""
        timer = asyncio.get_running_loop().call_later(settings.LIVE_LIMITS["init_seconds"], self._check_initialised)
        working = {asyncio.ensure_future(self._listen()), asyncio.ensure_future(self._keep_alive())}
        try:
            done, _ = await asyncio.wait({*working, self._end}, return_when=asyncio.FIRST_COMPLETED)
            for future in done:
                future.result()
        finally:
            timer.cancel()
            for future in (*working, self._end):
                future.cancel()

    def _check_initialised(self) -> None:
        if self._viewer is None:
            self.end(4408, "Connection initialisation timeout")

    async def _keep_alive(self) -> None:
        """Who does not answer has gone, or sleeps, and is to come back when awake: graphql-ws does so after 1013. The
        server's own pings end with 1011, after which it gives up: so they are off."""
        while True:
            self._was_heard = False
            await asyncio.sleep(settings.LIVE_LIMITS["silent_seconds"])
            if self._was_heard:
                continue
            await self._say({"type": "ping"})
            await asyncio.sleep(settings.LIVE_LIMITS["silent_seconds"])
            if not self._was_heard:
                raise Closed(1013, "You do not answer: come back")

    async def _listen(self) -> None:
        while True:
            event = await self._receive()
            if event["type"] == "websocket.disconnect":
                return
            self._was_heard = True
            self._count()
            await self._handle(decode_message(event))

    def _count(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._period_began > PERIOD:
            self._period_began, self._messages = now, 0
        self._messages += 1
        if self._messages > settings.LIVE_LIMITS["messages"]:
            raise Closed(4429, "Too many messages")

    async def _handle(self, message: dict[str, Any]) -> None:
        match message:
            case {"type": "connection_init"}:
                await self._initialise(message.get("payload"))
            case {"type": "ping" | "pong", "payload": payload} if not isinstance(payload, dict | None):
                raise Closed(4400, "Invalid message")
            case {"type": "ping"}:
                await self._say({"type": "pong"})
            case {"type": "pong"}:
                pass
            case {"type": "subscribe", "id": str(id), "payload": dict(payload)} if id:
                await self._subscribe(id, payload)
            case {"type": "complete", "id": str(id)}:
                task = self._subscriptions.pop(id, None)
                if task is not None:
                    task.cancel()
            case _:
                raise Closed(4400, "Invalid message")

    # ── who it is ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def _initialise(self, payload: Any) -> None:
        if self._was_initialised:
            raise Closed(4429, "Too many initialisation requests")
        self._was_initialised = True
        if payload is not None and not isinstance(payload, dict):
            raise Closed(4400, "Invalid connection init payload")
        try:
            viewer = await hub().threads.run_for(None, self._sign_in, payload or {})
        except TokenInvalid as refusal:
            raise Closed(4403, str(refusal)[:100]) from None
        except DatabaseError:
            logger.exception("nobody can sign in over a socket")
            raise Closed(1013, "Try again later") from None
        if hub().is_full(viewer, "sockets"):
            raise Closed(4429, "Too many connections of this person")
        connection = Connection(viewer, "sockets", lambda why: self.end(4403, why))
        reason = reason_not_to_stay(connection)
        if reason is not None:
            raise Closed(4403, reason)
        self._viewer, self._connection = viewer, connection
        hub().connect(connection)
        await self._say({"type": "connection_ack"})

    def _sign_in(self, payload: dict[str, Any]) -> User:
        """By access token; or by the session cookie, for a page of our own alone. Raises TokenInvalid."""
        header = payload.get("Authorization", payload.get("authorization"))
        if isinstance(header, str):
            token = bearer_token(header)
            if token is None:
                raise TokenInvalid("Send the access token as `Bearer …`.")
            return session_of_access_token(token).user
        is_own = is_own_page(self.headers.get("origin"), self.headers.get("host", ""))
        person = person_of_cookie(self.headers.get("cookie", "")) if is_own else None
        if person is None:
            raise TokenInvalid('Send the access token in the payload: {"Authorization": "Bearer …"}.')
        return person

    # ── what it listens to ──────────────────────────────────────────────────────────────────────────────────────────

    async def _subscribe(self, id: str, payload: dict[str, Any]) -> None:
        if self._viewer is None:
            raise Closed(4401, "Unauthorized")
        if id in self._subscriptions:
            raise Closed(4409, f"Subscriber for {id[:50]} already exists")
        try:
            self._check_number()
            operation = await hub().threads.run_for(self._viewer, read_operation, payload)
        except Refused as refusal:
            if refusal.code == "BAD_REQUEST":
                raise Closed(4400, str(refusal)[:100]) from None
            await self._say_error(id, [refusal.described])
            return
        context = Context(operation=operation, address=self.address, known_base=self.base, person=self._viewer)
        self._subscriptions[id] = asyncio.create_task(self._tell(id, context))

    def _check_number(self) -> None:
        """Raises Refused."""
        limit = settings.LIVE_LIMITS["subscriptions"]
        if len(self._subscriptions) >= limit:
            raise Refused(f"A socket has at most {limit} subscriptions.", code="LIMIT_EXCEEDED", limit=limit)

    async def _tell(self, id: str, context: Context) -> None:
        current.set(Subscribed(self._request_id, context.operation))
        try:
            await self._tell_all(id, context)
        except Closed as closed:
            self.end(closed.code, closed.reason)
        except UnknownKind:
            self.end(1012, "Another process can tell what comes next")
        except Exception:
            # The client comes back and goes on after its cursor, as after any broken connection: graphql-ws does so
            # after 1013, and not after 1011.
            logger.exception("a subscription broke")
            self.end(1013, "Try again later")

    async def _tell_all(self, id: str, context: Context) -> None:
        prefix = f'{{"id":{json.dumps(id)},"type":"next","payload":'

        def said_at_once(response: Response) -> bool:
            return not self._end.done() and self._voice.say_at_once(f"{prefix}{response.body}}}")

        try:
            responses = await subscribe(context, said_at_once)
        except NotSubscribed as refusal:
            self._forget(id)
            await self._say_error(id, refusal.described(self._request_id))
            return
        try:
            async for response in responses:
                await self._voice.say(f"{prefix}{response.body}}}")
        finally:
            await responses.aclose()
        self._forget(id)
        await self._say({"id": id, "type": "complete"})

    def _forget(self, id: str) -> None:
        """Before the last message, so that the client may use the id again as soon as it has it."""
        self._subscriptions.pop(id, None)

    # ── what is said ────────────────────────────────────────────────────────────────────────────────────────────────

    async def _say_error(self, id: str, errors: list[dict[str, Any]]) -> None:
        await self._say({"id": id, "type": "error", "payload": errors})

    async def _say(self, message: dict[str, Any]) -> None:
        await self._voice.say(as_json(message))


def decode_message(event: Event) -> dict[str, Any]:
    """Raises Closed for what is no message of the protocol."""
    text = event.get("text")
    if text is None:
        raise Closed(4400, "Messages are text")
    body = text.encode("utf-8", "surrogatepass")
    if len(body) > MAX_MESSAGE:
        raise Closed(1009, "Message too big")
    try:
        message = decode_json(body)
    except Refused:
        raise Closed(4400, "Messages are JSON") from None
    if not isinstance(message, dict):
        raise Closed(4400, "Messages are JSON objects")
    return message


def read_operation(payload: dict[str, Any]) -> Operation:
    """Raises Refused for what is no subscription, or asks for too much."""
    operation = operation_from(payload)
    if operation.type is not None and operation.type is not OperationType.SUBSCRIPTION:
        raise Refused("Over WebSocket only subscribe; the rest goes over HTTP.", code="OPERATION_RESOLUTION_FAILURE")
    limits.check(operation, schema._schema)
    return operation


def person_of_cookie(header: str) -> User | None:
    """Who is signed in to the admin, by Django's own look at the session cookie."""
    request = HttpRequest()
    request.COOKIES = parse_cookie(header)
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    if key is None:
        return None
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    person = get_user(request)
    return person if isinstance(person, User) else None
