"""What is said at once wakes no task, and comes in its turn all the same."""

import asyncio
import gc
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import pytest
from uvicorn.config import Config
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState

from accounts.models import User
from config.voice import Closed, Voice
from config.websocket import Socket
from messaging.feed import Cursor
from schema.live.delivery import Response
from schema.live.streams import Stream

HANDSHAKE = b"""GET /graphql HTTP/1.1\r
Host: 127.0.0.1\r
Connection: Upgrade\r
Upgrade: websocket\r
Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
Sec-WebSocket-Version: 13\r
\r
"""


class Client:
    """What ASGI's `send` reaches: takes messages while it has room."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.has_room = asyncio.Event()
        self.has_room.set()
        self.has_gone = False

    async def send(self, event: Any) -> None:
        await self.has_room.wait()
        if self.has_gone:
            raise OSError
        self.taken.append(event["text"])


async def whatever_is_to_happen() -> None:
    """Turns of the loop, and not a time, which passes on a busy machine while nothing happens."""
    for _ in range(50):
        await asyncio.sleep(0)


def talking(talk: Callable[[Client, Voice], Awaitable[None]]) -> list[str]:
    """What the client has taken by the end."""

    async def run() -> list[str]:
        client = Client()
        voice = Voice(client.send, lambda *_: None)
        await talk(client, voice)
        voice.fall_silent()
        return client.taken

    return asyncio.run(run())


def test_what_there_is_room_for_is_said_there_and_then() -> None:
    async def talk(client: Client, voice: Voice) -> None:
        assert [voice.say_at_once(text) for text in "12"] == [True, True]
        assert client.taken == ["1", "2"]
        assert len(asyncio.all_tasks()) == 1  # this one

    talking(talk)


def test_while_a_client_is_behind_nothing_is_said_at_once() -> None:
    """But for the first, which the server has begun with."""

    async def talk(client: Client, voice: Voice) -> None:
        client.has_room.clear()
        assert [voice.say_at_once(text) for text in "123"] == [True, False, False]
        assert client.taken == []

    talking(talk)


def test_what_had_to_wait_comes_first() -> None:
    async def talk(client: Client, voice: Voice) -> None:
        client.has_room.clear()
        voice.say_at_once("1")
        later = asyncio.ensure_future(voice.say("2"))
        await asyncio.sleep(0)
        client.has_room.set()
        await later
        assert voice.say_at_once("3")

    assert talking(talk) == ["1", "2", "3"]


def test_who_speaks_next_is_told_that_the_client_has_gone(caplog: pytest.LogCaptureFixture) -> None:
    async def talk(client: Client, voice: Voice) -> None:
        client.has_room.clear()
        voice.say_at_once("1")
        client.has_gone = True
        client.has_room.set()
        await whatever_is_to_happen()
        assert voice.say_at_once("2") is False
        with pytest.raises(Closed):
            await voice.say("2")

    assert talking(talk) == []
    assert caplog.records == []


def test_what_waits_is_given_up_with_the_connection() -> None:
    async def talk(client: Client, voice: Voice) -> None:
        client.has_room.clear()
        voice.say_at_once("1")
        voice.fall_silent()
        await asyncio.sleep(0)
        client.has_room.set()
        await whatever_is_to_happen()

    assert talking(talk) == []


def test_uvicorn_takes_a_message_before_it_waits() -> None:
    """Or nothing is won, and nobody would see why."""

    async def run() -> None:
        async def application(scope: Any, receive: Any, send: Any) -> None:
            await send({"type": "websocket.accept"})
            voice = Voice(send, lambda *_: None)
            written.clear()
            assert voice.say_at_once("one")
            assert written == [b"\x81\x03one"]

        written: list[bytes] = []
        nothing: Any = lambda *_: None  # noqa: E731
        transport: Any = SimpleNamespace(
            write=written.append, is_closing=nothing, get_extra_info=nothing, close=nothing, pause_reading=nothing
        )
        config = Config(application, interface="asgi3", log_config=None)
        config.load()
        state = ServerState()
        protocol = WebSocketsSansIOProtocol(config, state, {}, asyncio.get_running_loop())
        protocol.connection_made(transport)
        protocol.data_received(HANDSHAKE)
        await asyncio.gather(*state.tasks)
        assert written

    asyncio.run(run())


# ── the stream that hands it on ──────────────────────────────────────────────────────────────────────────────────────


class Reader:
    """Lets everybody in at once."""

    def add(self, listener: Stream) -> None:
        listener.admit(Cursor(None, 0))  # type: ignore[arg-type]

    def remove(self, listener: Stream) -> None:
        pass


def following(follow: Callable[[Stream, list[int | None]], Awaitable[None]], *, has_room: bool) -> list[int | None]:
    """The places of what was told at once, and what was told in turn, each as often as it was."""
    at_once: list[int | None] = []

    def tell_at_once(response: Response) -> bool:
        if has_room:
            at_once.append(response.position)
        return has_room

    async def run() -> list[int | None]:
        reader, nothing = Reader(), SimpleNamespace()
        stream = Stream(reader, nothing, User(pk=1), nothing, tell_at_once)  # type: ignore[arg-type]
        in_turn: list[int | None] = []

        async def listen() -> None:
            async for response in await stream.open(None, None):
                in_turn.append(response.position)  # noqa: PERF401 - each when it comes

        listening = asyncio.ensure_future(listen())
        await whatever_is_to_happen()
        await follow(stream, in_turn)
        listening.cancel()
        return at_once

    return asyncio.run(run())


def test_who_has_everything_is_told_without_being_woken() -> None:
    async def follow(stream: Stream, in_turn: list[int | None]) -> None:
        for position in (1, 2, 2, 3):
            stream.hand(Response("{}", position))
        await whatever_is_to_happen()
        assert in_turn == []

    assert following(follow, has_room=True) == [1, 2, 3]


def test_who_cannot_be_told_at_once_is_told_in_turn() -> None:
    async def follow(stream: Stream, in_turn: list[int | None]) -> None:
        for position in (1, 2, 2, 3):
            stream.hand(Response("{}", position))
        await whatever_is_to_happen()
        assert in_turn == [1, 2, 3]

    assert following(follow, has_room=False) == []


def test_what_comes_after_something_that_waits_waits_too() -> None:
    """An end is told in turn; what follows must not overtake it."""

    async def follow(stream: Stream, in_turn: list[int | None]) -> None:
        stream.hand(Response("{}", 1))
        stream.hand(Response("{}", 2, ends=1))
        stream.hand(Response("{}", 3))
        await whatever_is_to_happen()
        assert in_turn == [2, 3]
        stream.hand(Response("{}", 4))

    assert following(follow, has_room=True) == [1, 4]


def test_who_is_closed_for_two_reasons_at_once_leaves_none_behind() -> None:
    said: list[Any] = []
    left: list[Any] = []

    async def close_for_two_reasons() -> None:
        async def send(event: Any) -> None:
            said.append(event["type"])
            socket.end(1013, "You do not answer: come back")

        async def receive() -> Any:
            raise AssertionError("it is closed before anybody listens")

        socket = Socket({}, None, "", receive, send)
        await socket.run(["another-protocol"])

    async def run() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: left.append(context))
        await close_for_two_reasons()
        gc.collect()

    asyncio.run(run())
    assert (said, left) == (["websocket.accept", "websocket.close"], [])
