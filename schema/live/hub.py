"""The hub of a live process: who is connected, whether they may stay, and one reader of the feed for all of them."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache

from django.utils import timezone

from accounts.models import User
from accounts.selectors import live_sessions
from messaging.hints import Hint
from messaging.live import Reader
from schema.live.delivery import deliver

logger = logging.getLogger("parley.live")

LOOK_EVERY = 0.5  # seconds between two looks at who may stay

COOKIE_LASTS = timedelta(minutes=5)  # after which who is signed in by the session cookie shows it again

conditions: list[Callable[[User, datetime], str | None]] = []
"""What must hold for somebody to stay, beside a live session: each says why not, or None. `config` adds its own."""


class Connection:
    """A socket, or one stream of server-sent events. `end` closes it: the client may come back with a fresh token."""

    def __init__(self, viewer: User, end: Callable[[str], None]) -> None:
        self.viewer, self.end = viewer, end
        self.session_id = viewer.session.pk if viewer.session else None
        by_token = viewer.session.token_expires_at if viewer.session else None
        self.expires_at = by_token or timezone.now() + COOKIE_LASTS


class Hub:
    def __init__(self) -> None:
        self.reader = Reader(deliver, self._receive)
        self.connections: set[Connection] = set()
        self._watching: asyncio.Task[None] | None = None

    def connect(self, connection: Connection) -> None:
        self.connections.add(connection)
        if self._watching is None:
            self._watching = asyncio.get_running_loop().create_task(self._watch())

    def disconnect(self, connection: Connection) -> None:
        self.connections.discard(connection)

    def count(self, viewer: User) -> int:
        """How many connections somebody has here."""
        return sum(1 for connection in self.connections if connection.viewer.pk == viewer.pk)

    async def _watch(self) -> None:
        """Asks the database, again and again: a revoked session is found without anybody having to say so."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            try:
                await self._look()
            except Exception:
                logger.exception("nobody could be asked who may stay; all stay")

    async def _look(self) -> None:
        sessions = {one.session_id for one in self.connections if one.session_id is not None}
        alive = await self.reader.in_thread(live_sessions, sessions) if sessions else set()
        now = timezone.now()
        for connection in tuple(self.connections):
            reason = reason_to_end(connection, alive, now)
            if reason is not None:
                connection.end(reason)

    def _receive(self, hint: Hint) -> None:
        """Typing and presence."""


def reason_to_end(connection: Connection, alive: set[int], now: datetime) -> str | None:
    if connection.expires_at <= now:
        return "The access token has expired."
    if connection.session_id is not None and connection.session_id not in alive:
        return "The session has ended."
    return reason_not_to_stay(connection.viewer, now)


def reason_not_to_stay(viewer: User, now: datetime) -> str | None:
    return next((reason for condition in conditions if (reason := condition(viewer, now))), None)


@cache
def hub() -> Hub:
    """The one of this process."""
    return Hub()
