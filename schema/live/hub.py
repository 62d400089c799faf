"""The hub of a live process: who is connected, whether they may stay, and one reader of the feed for all of them."""

import asyncio
from collections.abc import Callable
from contextvars import Context
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Literal, get_args

from django.conf import settings
from django.dispatch import Signal
from django.utils import timezone

from accounts.models import User
from accounts.selectors import live_sessions
from messaging.hints import ONLINE, TYPING, Hint
from messaging.live import Reader
from messaging.outages import Outage
from messaging.passing import Presence, Typing
from messaging.services import be_seen
from messaging.threads import Threads
from schema.live.delivery import deliver

LOOK_EVERY = 0.5  # seconds between two looks at who may stay
SEEN_EVERY = timedelta(seconds=20)  # between two looks at whose presence is to be written down again

COOKIE_LASTS = timedelta(minutes=5)  # after which who is signed in by the session cookie shows it again

conditions: list[Callable[[User, datetime], str | None]] = []
"""What must hold for somebody to stay, beside a live session: each says why not, or None. `config` adds its own."""


ConnectionKind = Literal["sockets", "streams"]
CONNECTION_KINDS: tuple[ConnectionKind, ...] = get_args(ConnectionKind)

connected, disconnected = Signal(), Signal()
"""Of a connection of some `kind`."""


class Connection:
    """A socket, or one stream of server-sent events. `end` closes it: the client may come back with a fresh token."""

    def __init__(self, viewer: User, kind: ConnectionKind, end: Callable[[str], None]) -> None:
        self.viewer, self.kind, self.end = viewer, kind, end
        self.session_id = viewer.session.pk if viewer.session else None
        by_token = viewer.session.token_expires_at if viewer.session else None
        self.expires_at = by_token or timezone.now() + COOKIE_LASTS


class Hub:
    def __init__(self) -> None:
        self.threads = Threads()
        self.reader = Reader(self.threads, deliver, self._receive)
        self._typing, self._presence = Typing(self.reader), Presence(self.reader, self.threads)
        self.connections: set[Connection] = set()
        self._outage = Outage("the database does not say who may stay: all stay until it does")
        self._watching: asyncio.Task[None] | None = None
        self._seen_next = timezone.now()

    def connect(self, connection: Connection) -> None:
        self.connections.add(connection)
        connected.send_robust(Hub, kind=connection.kind)
        self._seen_next = timezone.now()
        if self._watching is None:
            self._presence.begin()
            # For all: nothing it logs belongs to the connection that happens to be the first.
            self._watching = asyncio.get_running_loop().create_task(self._watch(), context=Context())

    def disconnect(self, connection: Connection) -> None:
        self.connections.remove(connection)
        disconnected.send_robust(Hub, kind=connection.kind)

    def is_full(self, viewer: User, kind: ConnectionKind) -> bool:
        """Whether somebody has as many of a kind here as they may have: LIVE_LIMITS."""
        theirs = [one for one in self.connections if one.viewer.pk == viewer.pk and one.kind == kind]
        return len(theirs) >= settings.LIVE_LIMITS[kind]

    async def _watch(self) -> None:
        """Asks the database, again and again: a revoked session is found without anybody having to say so. Nothing is
        asked while nobody is connected."""
        while self.connections:
            try:
                self._end_all(reason_not_to_stay)
                await self._end_revoked()
                await self._look_for_presence(timezone.now())
            except Exception as error:
                self._outage.goes_on(error)
            else:
                self._outage.is_over()
            await asyncio.sleep(LOOK_EVERY)
        self._watching = None

    def _end_all(self, find_reason: Callable[[Connection], str | None]) -> None:
        for connection in tuple(self.connections):
            reason = find_reason(connection)
            if reason is not None:
                connection.end(reason)

    async def _end_revoked(self) -> None:
        sessions = {one.session_id for one in self.connections} - {None}
        alive = await self.threads.run(live_sessions, sessions) if sessions else set()
        ended = sessions - alive
        self._end_all(lambda connection: "The session has ended." if connection.session_id in ended else None)

    async def _look_for_presence(self, now: datetime) -> None:
        """Whoever is connected is here; who came and who went is told to those who listen."""
        if now >= self._seen_next:
            self._seen_next = now + SEEN_EVERY
            people = {connection.viewer.pk for connection in self.connections}
            await self.threads.run(partial(be_seen, people=people, now=now))
        await self._presence.look(now)

    def _receive(self, hint: Hint) -> None:
        if not self.connections:
            return
        match hint:
            case Hint(kind=kind, values=(person, conversation, is_typing)) if kind == TYPING:
                self._typing.hear(person, conversation, bool(is_typing))
            case Hint(kind=kind, values=(person,)) if kind == ONLINE:
                self._presence.hear(person)


def reason_not_to_stay(connection: Connection) -> str | None:
    """Why it must be closed by now, as far as nobody needs to be asked."""
    now = timezone.now()
    if connection.expires_at <= now:
        return "The access token has expired."
    return next((reason for condition in conditions if (reason := condition(connection.viewer, now))), None)


@cache
def hub() -> Hub:
    """The one of this process."""
    return Hub()
