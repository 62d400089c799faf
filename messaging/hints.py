"""Hints: "there is something new in the feed", and the two things that are never stored, typing and presence.

With REDIS_URL they go through Redis to every process, else to this process alone. A hint may be lost: whoever listens
asks the database every few seconds anyway. Publishing never fails and never waits: a thread does it.
"""

import asyncio
import json
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import redis
import redis.asyncio
from django.conf import settings

logger = logging.getLogger("parley.live")

WAITING = 1_000  # hints; with Redis away the oldest are forgotten
PAUSE_AFTER_FAILURE = 1.0  # seconds
PATIENCE = 1.0  # seconds that Redis may take
BREATH = 0.01  # seconds between two tellings: what is said meanwhile is told together, and who listens looks once
FEED = "feed"
TYPING = "typing"
ONLINE = "online"


class Hint(NamedTuple):
    """`feed`: there are new events. `typing`: person, conversation, 1 or 0. `online`: a person who was not before."""

    kind: str
    values: tuple[int, ...] = ()


def announce() -> None:
    """There is something new in the feed; to be called after the commit."""
    publish(Hint(FEED))


def publish(hint: Hint) -> None:
    if settings.REDIS_URL:
        _publisher.publish(hint)
    else:
        for receive in tuple(_local):
            receive(hint)


class Publisher:
    """One thread that hands hints to Redis, the first at once. Ten hints of one kind and values are one."""

    def __init__(self) -> None:
        self._waiting: deque[Hint] = deque(maxlen=WAITING)
        self._something = threading.Event()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def publish(self, hint: Hint) -> None:
        self._waiting.append(hint)
        self._something.set()
        if self._thread is None or not self._thread.is_alive():
            self._start()

    def _start(self) -> None:
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="hints", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        patience = {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE}
        connection: Any = redis.ConnectionPool.from_url(settings.REDIS_URL, **patience).make_connection()
        while True:
            self._something.wait()
            self._something.clear()
            try:
                self._send(connection)
                time.sleep(BREATH)
            except redis.RedisError as error:
                connection.disconnect()  # it is made anew with what is sent next
                logger.warning("hints are not passed on, everybody polls: %s", error)
                time.sleep(PAUSE_AFTER_FAILURE)

    def _send(self, connection: Any) -> None:
        """Without redis-py's client, which takes twice as long for it, in a process that answers meanwhile."""
        hints = dict.fromkeys(self._waiting.popleft() for _ in range(len(self._waiting)))
        said = [("PUBLISH", channel(), json.dumps([hint.kind, *hint.values])) for hint in hints]
        try:
            _say(connection, said)
        except redis.ConnectionError:  # Redis has closed it since; a hint that is heard twice does no harm
            connection.disconnect()
            _say(connection, said)


def _say(connection: Any, commands: Sequence[tuple[str, ...]]) -> None:
    connection.send_packed_command(connection.pack_commands(commands))
    for _ in commands:
        connection.read_response()


_publisher = Publisher()
_local: set[Callable[[Hint], None]] = set()


def channel() -> str:
    """PUBLISH knows no databases: two houses that share a Redis by number are told apart by the name."""
    return f"parley:hints:{urlsplit(settings.REDIS_URL).path.strip('/') or 0}"


async def listen(receive: Callable[[Hint], None]) -> None:
    """Hands every hint to `receive`, in this event loop, until it is cancelled; after a break a `feed` hint."""
    if settings.REDIS_URL:
        await _listen_to_redis(receive)
    loop = asyncio.get_running_loop()

    def hand_over(hint: Hint) -> None:
        loop.call_soon_threadsafe(receive, hint)

    _local.add(hand_over)
    try:
        await asyncio.Event().wait()
    finally:
        _local.discard(hand_over)


async def _listen_to_redis(receive: Callable[[Hint], None]) -> None:
    client = redis.asyncio.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=PATIENCE, health_check_interval=10, retry=None
    )
    while True:
        try:
            async with client.pubsub() as pubsub:
                await pubsub.subscribe(channel())
                receive(Hint(FEED))  # what was said while nobody listened
                while True:
                    message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=PATIENCE * 5)
                    hint = _decode(message["data"]) if message else None
                    if hint:
                        receive(hint)
        except (redis.RedisError, OSError) as error:
            logger.warning("no hints are heard, polling: %s", error)
            await asyncio.sleep(PAUSE_AFTER_FAILURE)


def _decode(data: bytes) -> Hint | None:
    """None for what another version of this server may have said."""
    try:
        kind, *values = json.loads(data)
        return Hint(str(kind), tuple(int(value) for value in values))
    except (ValueError, TypeError, OverflowError, RecursionError):
        return None
