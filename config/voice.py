"""What is said to a client over its socket: one thing after another, as fast as it takes them."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Generator, MutableMapping
from types import coroutine
from typing import Any

from config.stall import Stall

Event = MutableMapping[str, Any]
Send = Callable[[Event], Awaitable[None]]


class Closed(Exception):
    """The socket is to be closed, with one of the protocol's codes."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


class Voice:
    def __init__(self, send: Send, end: Callable[[int, str], None]) -> None:
        self._send = send
        self._stall = Stall(asyncio.get_running_loop(), end)
        self._rest: asyncio.Future[None] | None = None
        """What was begun by `say_at_once`, and has had to wait."""

    async def say(self, text: str) -> None:
        """Waits as long as the client does not read; not for ever. Raises Closed."""
        self._stall.begins()
        try:
            if self._rest is not None and not self._rest.done():
                await asyncio.wait([self._rest])
            await self.send({"type": "websocket.send", "text": text})
        finally:
            self._stall.ends()

    def say_at_once(self, text: str) -> bool:
        """Says it where one cannot wait; or returns False, as it does while the client is behind.

        A server that has room hands a message to the system before it first waits, so no task has to be woken for that:
        it would cost as much again. A server that does wait has begun all the same, and goes on in a task of its own;
        whatever is said meanwhile comes after it.
        """
        if self._stall.is_sending:
            return False
        saying = self.say(text)
        try:
            awaited = saying.send(None)
        except StopIteration:
            return True
        except Exception:
            return False  # as will be found by whoever says it in a task, which is the one to be told
        self._rest = asyncio.ensure_future(_finish(saying, awaited))
        self._rest.add_done_callback(forget_failure)  # whoever says something next finds the same
        return True

    async def send(self, event: Event) -> None:
        """Raises Closed when nobody is there to take it, which ASGI says by an OSError."""
        try:
            await self._send(event)
        except OSError:
            raise Closed(1001, "The client has gone") from None

    def fall_silent(self) -> None:
        self._stall.forget()
        if self._rest is not None:
            self._rest.cancel()


async def _finish(begun: Coroutine[Any, Any, None], awaited: Any) -> None:
    """Goes on with a coroutine that was begun outside of a task, and waits for something."""
    await _rest_of(begun, awaited)


@coroutine
def _rest_of(begun: Coroutine[Any, Any, None], awaited: Any) -> Generator[Any, Any, None]:
    try:
        yield awaited
    except BaseException:
        begun.close()
        raise
    yield from begun  # not `await`, which wants to begin


def forget_failure(future: "asyncio.Future[None]") -> None:
    """So that nobody is told of one that nobody waits for any more."""
    if not future.cancelled():
        future.exception()
