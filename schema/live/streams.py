"""One subscription: what is stored after its cursor, then what comes."""

import asyncio
import uuid
from collections import deque
from collections.abc import AsyncGenerator, Callable
from itertools import islice
from typing import Any, TypeVar

from django.conf import settings

from accounts.models import User
from accounts.refusals import NotFound
from messaging import feed, models, selectors
from messaging.feed import Cursor, Now
from messaging.live import Reader
from messaging.threads import Threads
from schema import ids, telling
from schema.live.delivery import Response, respond
from schema.live.selections import Selection
from schema.types.events import Event

T = TypeVar("T")
TellAtOnce = Callable[[Response], bool]

AT_ONCE = 20  # stored events that are encoded together, and wait together for a slow client


def tell_in_turn(_: Response) -> bool:
    """Of a transport that cannot tell at once."""
    return False


class Stream:
    """What one subscriber gets, in order and without a gap. The buffer is bounded, and the database has the rest.

    Who has got all that came before is told what comes by `tell_at_once`, which does it there and then, or says that it
    cannot: to wake a task for each of many who wait would cost more than to tell them.
    """

    def __init__(
        self,
        reader: Reader,
        threads: Threads,
        viewer: User,
        selection: Selection,
        tell_at_once: TellAtOnce = tell_in_turn,
    ) -> None:
        self.viewer, self.viewer_id, self.selection = viewer, viewer.pk, selection
        self.conversation_id: int | None = None
        self._reader, self._threads, self._tell_at_once = reader, threads, tell_at_once
        self._cursor: Cursor | None = None
        """Where the stream has begun, or where what is stored has been told up to; None before it is let in."""
        self._position = 0
        """What the client has got so far."""
        self._buffer: deque[Response] = deque()
        self._size = 0  # of what is in the buffer, in characters
        self._limit = settings.LIVE_LIMITS["buffer"]
        self._has_hole = False
        self._is_over = False
        self._has_all = False
        """Whether the client waits for what comes, and for nothing else."""
        self._something = asyncio.Event()

    async def open(self, after: str | None, conversation_id: str | None) -> AsyncGenerator[Response, None]:
        """Raises ValidationError for a malformed cursor, NotFound for a conversation that is not the viewer's."""
        cursor = None if after is None else feed.decode_cursor(after)
        if conversation_id is not None:
            self.conversation_id = ids.key(models.Conversation, conversation_id)
            await self._in_thread(self._check_conversation, cursor)
        return self._responses(cursor)

    # ── what the reader does with it ────────────────────────────────────────────────────────────────────────────────

    def admit(self, cursor: Cursor) -> None:
        self._begin_at(cursor)
        self._something.set()

    def hand(self, response: Response) -> None:
        if self._has_hole or (self._has_all and self._is_told_at_once(response)):
            return
        self._has_all = False
        size = self._size + len(response.body)
        if size > self._limit:
            self.lose()
            return
        self._buffer.append(response)
        self._size = size
        self._something.set()

    def _is_told_at_once(self, response: Response) -> bool:
        if response.ends is not None:
            return False  # in turn, like the end itself
        if self._has(response):
            return True
        is_told = self._tell_at_once(response)
        if is_told:
            self._note(response)
        return is_told

    def lose(self) -> None:
        self._has_all = False
        self._buffer.clear()
        self._size = 0
        self._has_hole = True
        self._something.set()

    # ── what the client gets ────────────────────────────────────────────────────────────────────────────────────────

    async def _responses(self, after: Cursor | None) -> AsyncGenerator[Response, None]:
        self._reader.add(self)
        try:
            await self._wait_until(lambda: self._cursor is not None)
            if after is not None:
                self._begin_at(after)
                async for response in self._stored(marks_the_seam=True):
                    yield response
            while not self._is_over:
                await self._wait_for_more()
                if self._has_hole:
                    self._has_hole = False  # what comes from now on is kept again; what is stored by then is dropped
                    async for response in self._stored():
                        yield response
                elif self._is_new(response := self._take()):
                    yield response
        finally:
            self._has_all = False
            self._reader.remove(self)

    async def _wait_for_more(self) -> None:
        self._has_all = not self._buffer and not self._has_hole
        await self._wait_until(lambda: self._buffer or self._has_hole)

    def _take(self) -> Response:
        response = self._buffer.popleft()
        self._size -= len(response.body)
        return response

    async def _stored(self, *, marks_the_seam: bool = False) -> AsyncGenerator[Response, None]:
        assert self._cursor is not None
        batch = await self._in_thread(self._read, self._cursor._replace(position=self._position))
        if batch.needs_resync:
            self._is_over = True
            yield await self._say(telling.resync_required(batch.now))
            return
        events = iter(batch.events)
        while chunk := list(islice(events, AT_ONCE)):
            for response in await self._in_thread(self._encode, chunk, batch.now):
                if self._is_new(response):
                    yield response
        self._begin_at(batch.now.cursor)
        if marks_the_seam and not self._is_over:
            yield await self._say(telling.caught_up(batch.now))

    def _is_new(self, response: Response) -> bool:
        """Whether the client has not got it yet; it gets it now."""
        if self._has(response):
            return False
        self._note(response)
        return True

    def _has(self, response: Response) -> bool:
        return response.position is not None and response.position <= self._position

    def _note(self, response: Response) -> None:
        """The end of the one conversation that a client listens to ends the stream."""
        if response.position is not None:
            self._position = response.position
            self._is_over = response.ends is not None and response.ends == self.conversation_id

    def _begin_at(self, cursor: Cursor) -> None:
        self._cursor, self._position = cursor, cursor.position

    async def _wait_until(self, is_so: Callable[[], Any]) -> None:
        while not is_so():
            self._something.clear()
            await self._something.wait()

    async def _in_thread(self, work: Callable[..., T], *arguments: Any) -> T:
        return await self._threads.run_for(self.viewer, work, *arguments)

    # ── what asks the database, in a thread ─────────────────────────────────────────────────────────────────────────

    def _read(self, cursor: Cursor) -> feed.Batch:
        return feed.read(self.viewer, cursor, conversation_id=self.conversation_id)

    def _encode(self, chunk: list[models.Event], now: Now) -> list[Response]:
        return [response for _, response in respond(list(chunk), self.viewer, self.selection, now)]

    async def _say(self, event: Event) -> Response:
        body = await self._in_thread(self.selection.respond, event, self.viewer, uuid.uuid4().hex)
        return Response(body)

    def _check_conversation(self, cursor: Cursor | None) -> None:
        """Who has been removed since the cursor is still told so."""
        if selectors.conversations_for(self.viewer).filter(pk=self.conversation_id or 0).exists():
            return
        if cursor is None or not self._read(cursor).events:
            raise NotFound({"conversation_id": "Not found."})
