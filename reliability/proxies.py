"""A proxy that throws answers away: for whoever asks through it, the server is gone between commit and answer."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from reliability.servers import free_port


class Cutter:
    """Hands a request on, waits until the server has begun to answer, and hangs up on both."""

    def __init__(self, upstream: int, on_cut: Callable[[int], None]) -> None:
        self.port, self.cuts = free_port(), 0
        self._upstream, self._on_cut = upstream, on_cut

    async def __aenter__(self) -> "Cutter":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            answer, request = await asyncio.open_connection("127.0.0.1", self._upstream)
            handing_on = asyncio.create_task(_hand_on(reader, request))
            if await answer.read(1):
                self.cuts += 1
                self._on_cut(self.cuts)
            handing_on.cancel()
            request.transport.abort()
        writer.transport.abort()


async def _hand_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
