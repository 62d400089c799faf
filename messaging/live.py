"""The one reader of the feed in a live process: it reads the feed once, and hands each event to those who may see it.

A newcomer is let in between two readings, so that whoever listens has a gapless stream from that position on. Who may
see what is kept in memory, from the same ordered stream: joins and ends are events in it.
"""

import asyncio
import random
from collections.abc import Callable, Iterable
from contextlib import suppress
from contextvars import Context
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from django.dispatch import Signal

from accounts.models import User
from messaging import feed
from messaging.feed import Kind
from messaging.hints import FEED, Hint, listen
from messaging.models import Event, Joined
from messaging.outages import Outage
from messaging.threads import Threads

AT_ONCE = 200  # events read and told in one turn
POLL = (2.0, 4.0)  # seconds, at random in between: processes do not ask in step
PAUSE_AFTER_FAILURE = 1.0  # seconds

TYPING_CHANGED = "TypingChanged"
PRESENCE_CHANGED = "PresenceChanged"
ENTRANCES = (Kind.CONVERSATION_STARTED, Kind.PARTICIPANT_JOINED)


class Listener(Protocol):
    """Somebody who listens: to all their conversations, or to one."""

    viewer: User
    viewer_id: int
    conversation_id: int | None

    def admit(self, cursor: feed.Cursor) -> None:
        """Everything after this cursor is handed over from now on, in order; what was before must be read."""

    def hand(self, response: Any) -> None:
        """One thing to tell. Must not wait."""

    def lose(self) -> None:
        """The stream has a hole from here on: what follows must be read."""


@dataclass(frozen=True, slots=True)
class Passing:
    """What is told and not stored: typing and presence. Otherwise like an Event."""

    kind: str
    person_id: int
    conversation_id: int | None
    created_at: datetime
    is_typing: bool = False
    message_id: None = None
    position: None = None
    recipient_id: None = None
    sequence: None = None


Occasion = Event | Passing


class Audience(NamedTuple):
    """What has happened, and who is to know."""

    occasion: Occasion
    listeners: list[Listener]


class Turn(NamedTuple):
    """What one reading found: the events after `start`, and who takes part in what, as far as it is new here."""

    now: feed.Now
    start: int
    end: int
    events: list[Event]
    newcomers: dict[int, dict[int, Joined]]
    entered: dict[int, dict[int, Joined]]


handed_out = Signal()
"""After each turn: to the `audiences` of what has happened, in so many responses: `count`."""

Told = tuple[Listener, Any]
Tell = Callable[[feed.Now, list[Audience]], Iterable[Told]]


class Reader:
    """Runs as long as anybody listens. `tell` is called in a thread, and says what to hand to whom."""

    def __init__(self, threads: Threads, tell: Tell, receive: Callable[[Hint], None]) -> None:
        self._threads = threads
        self._tell = tell
        self._receive_passing = receive
        self._outage = Outage("the feed cannot be read")
        self._something = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._read_to: feed.Cursor | None = None
        self._newcomers: set[Listener] = set()
        self._joined: dict[Listener, dict[int, Joined]] = {}
        self._by_conversation: dict[int, set[Listener]] = {}
        self._by_person: dict[int, set[Listener]] = {}
        self._passing: list[tuple[Passing, Callable[[], Iterable[Listener]]]] = []

    # ── who listens ─────────────────────────────────────────────────────────────────────────────────────────────────

    def add(self, listener: Listener) -> None:
        """Lets somebody in at the next turn, which begins at once."""
        self._newcomers.add(listener)
        self._something.set()
        if not self._tasks:
            self._start()

    def remove(self, listener: Listener) -> None:
        self._newcomers.discard(listener)
        for conversation in self._joined.pop(listener, {}):
            _drop(self._by_conversation, conversation, listener)
        _drop(self._by_person, listener.viewer_id, listener)

    def listeners_of(self, person: int | None) -> set[Listener]:
        return self._by_person.get(person or 0, set())

    def listeners_in(self, conversation: int) -> set[Listener]:
        return self._by_conversation.get(conversation, set())

    def tell(self, occasion: Passing, find_listeners: Callable[[], Iterable[Listener]]) -> None:
        """Tells of something that is no event of the feed, at the next turn, which begins at once; to whoever listens
        by then, as the events before it may be about who takes part."""
        self._passing.append((occasion, find_listeners))
        self._something.set()

    # ── one turn after another ──────────────────────────────────────────────────────────────────────────────────────

    def _start(self) -> None:
        for work in (self._run(), listen(self._receive)):
            task = asyncio.get_running_loop().create_task(work, context=Context())  # nobody's, but of all who listen
            self._tasks.add(task)

    def _receive(self, hint: Hint) -> None:
        if hint.kind == FEED:
            self._something.set()
        else:
            self._receive_passing(hint)

    async def _run(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._something.wait(), random.uniform(*POLL))  # noqa: S311
            self._something.clear()
            try:
                await self._take_turn()
            except Exception as error:
                # Nothing is lost: the next turn reads from where the last one ended, or each listener does for itself.
                self._outage.goes_on(error)
                self._something.set()
                await asyncio.sleep(PAUSE_AFTER_FAILURE)
            else:
                self._outage.is_over()

    async def _take_turn(self) -> None:
        newcomers, passing = list(self._newcomers), list(self._passing)
        if not newcomers and not passing and not self._joined:
            self._read_to = None  # nobody listens: whoever comes next begins anew
            return
        people = {listener.viewer_id for listener in newcomers}
        turn = await self._threads.run(_read, self._read_to, people, people.union(self._by_person))
        if self._read_to is not None and self._read_to.feed != turn.now.feed:
            for listener in self._joined:
                listener.lose()  # another feed, as after a restore: each finds that its cursor means nothing here
        self._read_to = turn.now.at(turn.end)
        del self._passing[: len(passing)]
        for listener in self._newcomers.intersection(newcomers):
            self._admit(listener, turn, turn.now.at(turn.start))
        audiences = [self._audience(event, turn) for event in turn.events]
        if len(turn.events) == AT_ONCE:
            self._something.set()
        audiences += [Audience(occasion, list(find_listeners())) for occasion, find_listeners in passing]
        await self._hand_out(turn.now, [audience for audience in audiences if audience.listeners])

    def _admit(self, listener: Listener, turn: Turn, cursor: feed.Cursor) -> None:
        self._newcomers.discard(listener)
        self._joined[listener] = {}
        self._by_person.setdefault(listener.viewer_id, set()).add(listener)
        for conversation, joined in turn.newcomers.get(listener.viewer_id, {}).items():
            self._enter(listener, conversation, joined)
        listener.admit(cursor)

    def _audience(self, event: Event, turn: Turn) -> Audience:
        """Who may see an event. What it says of who takes part is learnt on the way."""
        conversation = event.conversation_id
        if event.kind in ENTRANCES:
            for person, conversations in turn.entered.items():
                if conversation in conversations:
                    for listener in self.listeners_of(person):
                        self._enter(listener, conversation, conversations[conversation])
        personal = event.recipient_id is not None
        candidates = self.listeners_of(event.recipient_id) if personal else self.listeners_in(conversation)
        listeners = [one for one in candidates if self._may_see(one, event)]
        if event.kind == Kind.CONVERSATION_ENDED:
            for listener in candidates:
                self._leave(listener, conversation)
        if not event.is_known:
            for listener in listeners:
                listener.lose()  # each finds out by reading that it cannot be told here
            return Audience(event, [])
        return Audience(event, listeners)

    def _may_see(self, listener: Listener, event: Event) -> bool:
        if listener.conversation_id not in (None, event.conversation_id):
            return False
        return event.is_for(listener.viewer_id, self._joined[listener].get(event.conversation_id))

    def _enter(self, listener: Listener, conversation: int, joined: Joined) -> None:
        self._joined[listener][conversation] = joined
        self._by_conversation.setdefault(conversation, set()).add(listener)

    def _leave(self, listener: Listener, conversation: int) -> None:
        self._joined[listener].pop(conversation, None)
        _drop(self._by_conversation, conversation, listener)

    async def _hand_out(self, now: feed.Now, audiences: list[Audience]) -> None:
        if not audiences:
            return
        try:
            told = await self._threads.run(lambda: list(self._tell(now, audiences)))
        except BaseException:
            for audience in audiences:
                for listener in audience.listeners:
                    listener.lose()
            raise
        for listener, response in told:
            listener.hand(response)
        handed_out.send_robust(Reader, audiences=audiences, count=len(told))


def _read(read_to: feed.Cursor | None, newcomers: set[int], people: set[int]) -> Turn:
    """In this order: what is known of a newcomer may be newer than the position, and is then learnt again from the
    events; it must not be older."""
    now = feed.now()
    start = read_to.position if read_to and read_to.feed == now.feed else now.position
    joined = feed.joined_by(newcomers) if newcomers else {}
    events = feed.newest(start, AT_ONCE) if now.position > start else []
    entrances = {event.conversation_id for event in events if event.kind in ENTRANCES}
    entered = feed.joined_by(people, entrances) if entrances else {}
    end = (events[-1].position or start) if events else start
    return Turn(now, start, end, events, joined, entered)


def _drop(index: dict[int, set[Listener]], key: int, listener: Listener) -> None:
    listeners = index.get(key, set())
    listeners.discard(listener)
    if not listeners:
        index.pop(key, None)
