"""What is told and not stored: who is typing, and who came online or went."""

import asyncio
from collections.abc import Iterable
from datetime import datetime
from functools import partial

from django.utils import timezone

from accounts.models import User
from accounts.presence import gone_offline
from messaging import selectors
from messaging.live import PRESENCE_CHANGED, TYPING_CHANGED, Listener, Passing, Reader
from messaging.threads import Threads

TYPING_LASTS = 6.0  # seconds


class Typing:
    """Who is typing where, as this process has heard; each ends by itself."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._ends: dict[tuple[int, int], asyncio.TimerHandle] = {}

    def hear(self, person: int, conversation: int, is_typing: bool) -> None:
        """What was so already is not told again; to go on is to end later."""
        timer = self._ends.pop((person, conversation), None)
        if timer is not None:
            timer.cancel()
        if is_typing:
            later = asyncio.get_running_loop().call_later
            self._ends[person, conversation] = later(TYPING_LASTS, self.hear, person, conversation, False)
        if is_typing != (timer is not None):
            self._tell(person, conversation, is_typing)

    def _tell(self, person: int, conversation: int, is_typing: bool) -> None:
        occasion = Passing(TYPING_CHANGED, person, conversation, timezone.now(), is_typing)
        self._reader.tell(occasion, partial(self._others, person, conversation))

    def _others(self, person: int, conversation: int) -> list[Listener]:
        """Those who listen to all they take part in, or to this one."""
        there = self._reader.listeners_in(conversation)
        return [one for one in there if one.viewer.pk != person and one.conversation_id in (None, conversation)]


class Presence:
    """Who came online, as this process has heard, and who went offline, as the time passes."""

    def __init__(self, reader: Reader, threads: Threads) -> None:
        self._reader, self._threads = reader, threads
        self.begin()

    def begin(self) -> None:
        """From now on, whoever came or went before."""
        self._came: set[int] = set()
        self._looked_at = timezone.now()

    def hear(self, person: int) -> None:
        self._came.add(person)

    async def look(self, now: datetime) -> None:
        """Tells of all changes since the last look."""
        came = set(self._came)
        circles = await self._threads.run(_circles, came, self._looked_at, now)
        self._came -= came
        self._looked_at = now
        for person, conversations in circles.items():
            occasion = Passing(PRESENCE_CHANGED, person, None, now)
            self._reader.tell(occasion, partial(self._circle, person, conversations))

    def _circle(self, person: int, conversations: Iterable[int]) -> set[Listener]:
        """Those who listen here to all they take part in, and take part in one of these; not the person."""
        listeners = {one for conversation in conversations for one in self._reader.listeners_in(conversation)}
        return {one for one in listeners if one.viewer.pk != person and one.conversation_id is None}


def _circles(came: set[int], since: datetime, now: datetime) -> dict[int, list[int]]:
    """By person who came or went: the conversations whose people are told."""
    went = set(User.objects.filter(gone_offline(since, now)).values_list("pk", flat=True))
    return selectors.small_conversations_of(came | went) if came or went else {}
