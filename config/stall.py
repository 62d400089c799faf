"""Whether a client takes what it is sent."""

import asyncio
from collections.abc import Callable

from django.conf import settings


class Stall:
    """Ends the connection of a client that takes nothing for `stalled_seconds`. It has one timer, which runs on from
    message to message: one for each message would cost as much as to send it."""

    def __init__(self, loop: asyncio.AbstractEventLoop, end: Callable[[int, str], None]) -> None:
        self._loop, self._end = loop, end
        self._timer: asyncio.TimerHandle | None = None
        self._sending = 0
        self._moved = 0.0

    @property
    def is_sending(self) -> bool:
        """Whether something has not been taken yet."""
        return self._sending > 0

    def begins(self) -> None:
        if not self._sending:
            self._moved = self._loop.time()
        self._sending += 1
        if self._timer is None:
            self._timer = self._loop.call_later(settings.LIVE_LIMITS["stalled_seconds"], self._look)

    def ends(self) -> None:
        self._sending -= 1
        if self._sending:
            self._moved = self._loop.time()

    def forget(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        self._timer = None
        if not self._sending:
            return
        left = self._moved + settings.LIVE_LIMITS["stalled_seconds"] - self._loop.time()
        if left > 0:
            self._timer = self._loop.call_later(left, self._look)
        else:
            self._end(1013, "Reads too slowly: resume after the last cursor")
