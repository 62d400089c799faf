"""The clients: senders over HTTP and followers over WebSocket, who do what a good front end does when something breaks.

A sender tries again with the same key until it has an answer. A follower comes back and goes on after its last cursor,
and reads everything again when it is told that it has missed too much.
"""

import asyncio
import base64
import itertools
import json
import random
import time
from contextlib import suppress
from typing import Any, NamedTuple

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from reliability.histories import History

PATIENCE = 20.0  # seconds for one answer
PERSISTENCE = 90.0  # seconds that a sender goes on trying
PAUSE = 0.1  # seconds between two attempts
BROKEN = (OSError, EOFError, TimeoutError)  # ConnectionError is an OSError, IncompleteReadError an EOFError
WORTH_TRYING_AGAIN = {"UNAVAILABLE", "TIMEOUT"}

SEND = """mutation($input: SendMessageInput!) {
  sendMessage(input: $input) { message { id sequence body } errors { code message } } }"""
REMOVE = "mutation($input: RemoveParticipantInput!) { removeParticipant(input: $input) { errors { code message } } }"
ADD = "mutation($input: AddParticipantsInput!) { addParticipants(input: $input) { errors { code message } } }"
CURSOR = "{ eventCursor }"
MINE = "{ conversations(first: 50) { nodes { id } } }"
LIST = """query($id: ID!, $after: String) { conversation(id: $id) {
  messages(first: 100, after: $after) { nodes { id sequence body } pageInfo { hasNextPage endCursor } } } }"""
EVENTS = """subscription($after: String) { events(after: $after) { __typename cursor sequence conversation { id }
  ... on MessageSent { message { sequence body } } ... on ConversationEnded { conversationId } } }"""


class Person(NamedTuple):
    name: str
    id: str
    token: str


class Refused(Exception):
    """An answer with errors; `code` is that of the first."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code


class ResyncRequired(Exception):
    """More was missed than is told again, and the stream has ended; it goes on after `position`."""

    def __init__(self, position: int) -> None:
        super().__init__(position)
        self.position = position


class Line:
    """HTTP over one connection that is kept, and opened again when it was closed."""

    def __init__(self, port: int, token: str) -> None:
        self.port = port
        self._token = token
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, query: str, **variables: Any) -> Any:
        """The data. Raises Refused, or one of BROKEN."""
        async with asyncio.timeout(PATIENCE):
            try:
                _, writer = await self._open()
                writer.write(self._request(query, variables))
                text = await self._read()
            except BaseException:
                self.hang_up()
                raise
        answer = json.loads(text)
        if answer.get("errors"):
            raise Refused(answer["errors"][0]["extensions"]["code"], text.decode())
        for payload in answer["data"].values():
            if isinstance(payload, dict) and payload.get("errors"):
                raise Refused(payload["errors"][0]["code"], text.decode())
        return answer["data"]

    async def read(self, query: str, **variables: Any) -> Any:
        """The same, again and again while the server is away: reading twice changes nothing."""
        end = time.monotonic() + PERSISTENCE
        while True:
            try:
                return await self.ask(query, **variables)
            except BROKEN:
                if time.monotonic() > end:
                    raise
            await asyncio.sleep(PAUSE)

    async def break_off(self, query: str, **variables: Any) -> None:
        """Sends a part of a request, or all of it, and does not wait for the answer."""
        request = self._request(query, variables)
        with suppress(*BROKEN):
            _, writer = await self._open()
            writer.write(request[: random.choice([len(request) // 2, len(request) - 1, len(request)])])  # noqa: S311
            await writer.drain()
            await asyncio.sleep(random.uniform(0, 0.02))  # noqa: S311
        self.hang_up()

    def hang_up(self) -> None:
        if self._writer is not None:
            self._writer.transport.abort()
        self._reader = self._writer = None

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._reader is None or self._writer is None or self._reader.at_eof():
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port)
        return self._reader, self._writer

    async def _read(self) -> bytes:
        assert self._reader is not None  # noqa: S101
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = int(head.partition("content-length:")[2].partition("\r\n")[0])
        return await self._reader.readexactly(length)

    def _request(self, query: str, variables: dict[str, Any]) -> bytes:
        body = json.dumps({"query": query, "variables": variables}).encode()
        head = (
            f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self._token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


class Sender:
    """Writes down what it means to send, sends it until it has an answer, and writes that down."""

    def __init__(self, person: Person, port: int, history: History) -> None:
        self.person, self.history = person, history
        self.lines = [Line(port, person.token), Line(port, person.token)]
        self._detour: Line | None = None
        self._numbers = itertools.count(1)

    def go_first_by(self, port: int) -> None:
        """The first attempt goes this way, all others go straight to the server."""
        self._detour = Line(port, self.person.token)
        self.lines.append(self._detour)

    async def send(self, conversation: str, *, twice: bool = False, breaks_off: bool = False) -> None:
        """One message with a text of its own. `twice`: two attempts at once; `breaks_off`: first one abandoned."""
        key = f"{self.person.name}-{next(self._numbers)}"
        body = f"This is {key}, and nothing else is."
        self.history.note("intent", key=key, conversation=conversation, body=body)
        given = {"conversationId": conversation, "body": body, "idempotencyKey": key}
        if breaks_off:
            await self.lines[0].break_off(SEND, input=given)
            self.history.note("broke off", key=key)
        await asyncio.gather(*(self._send_until_answered(line, given) for line in self.lines[: 2 if twice else 1]))

    async def _send_until_answered(self, line: Line, given: dict[str, str]) -> None:
        begun, attempt = time.monotonic(), self._detour or line
        while (message := await self._attempt(attempt, given)) is None:
            if time.monotonic() - begun > PERSISTENCE:
                raise TimeoutError(f"{given['idempotencyKey']} has had no answer for {PERSISTENCE} s")
            await asyncio.sleep(PAUSE)
            attempt = line
        self.history.note(
            "acknowledged",
            key=given["idempotencyKey"],
            message=message["id"],
            sequence=message["sequence"],
            seconds=time.monotonic() - begun,
        )

    async def _attempt(self, line: Line, given: dict[str, str]) -> Any:
        """The message; None where it is worth trying again."""
        key = given["idempotencyKey"]
        try:
            return (await line.ask(SEND, input=given))["sendMessage"]["message"]
        except BROKEN as broken:
            self.history.note("broken", key=key, how=repr(broken))
        except Refused as refusal:
            self.history.note("refused", key=key, code=refusal.code, text=str(refusal))
            if refusal.code not in WORTH_TRYING_AGAIN:
                raise
        return None


async def read_list(line: Line, conversation: str) -> list[tuple[int, str]]:
    """All messages of a conversation, page by page; none where the conversation does not exist for the reader."""
    messages: list[tuple[int, str]] = []
    after = None
    while True:
        found = (await line.read(LIST, id=conversation, after=after))["conversation"]
        if found is None:
            return messages
        page = found["messages"]
        messages += [(node["sequence"], node["body"]) for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return messages


def position_of(cursor: str) -> int:
    """To measure with. Clients do not look into cursors."""
    return int(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().partition(":")[2])


class Follower:
    """Listens to everything a person may see, from a cursor on, whatever happens to the connection."""

    def __init__(self, person: Person, ports: list[int], line: Line, history: History) -> None:
        self.person, self.history = person, history
        self.position, self.connections, self.told_at = 0, 0, 0.0
        self.drops_after: tuple[float, float] | None = None
        self._ports, self._line = ports, line
        self._reads = asyncio.Lock()  # a line has one question at a time
        self._cursor: str | None = None

    def start_after(self, cursor: str) -> None:
        """From the start of everything: a cursor from before the first message."""
        self._cursor = cursor
        self.history.note("follows")

    async def take_cursor(self) -> None:
        """From here on; what was before is to be read, then or later."""
        self._cursor = (await self._line.read(CURSOR))["eventCursor"]
        self.history.note("reloaded")

    async def read(self) -> None:
        """All that there is in the conversations of now."""
        async with self._reads:
            for node in (await self._line.read(MINE))["conversations"]["nodes"]:
                numbers = [sequence for sequence, _ in await read_list(self._line, node["id"])]
                self.history.note("read", conversation=node["id"], numbers=numbers)

    async def follow(self) -> None:
        """Until it is cancelled."""
        while True:
            try:
                drop = random.uniform(*self.drops_after) if self.drops_after else None  # noqa: S311
                async with asyncio.timeout(drop):
                    await self._listen()
            except ResyncRequired as told:
                await self.read()
                self.position = told.position
            except (*BROKEN, WebSocketException) as broken:
                self.history.note("dropped", how=repr(broken)[:200])
                await asyncio.sleep(random.uniform(PAUSE, 3 * PAUSE))  # noqa: S311

    async def _listen(self) -> None:
        socket = await connect(
            f"ws://127.0.0.1:{random.choice(self._ports)}/graphql",  # noqa: S311
            subprotocols=[Subprotocol("graphql-transport-ws")],
            compression=None,
            ping_interval=None,
            open_timeout=PATIENCE,
        )
        try:
            await self._say(socket, type="connection_init", payload={"Authorization": f"Bearer {self.person.token}"})
            await socket.recv()
            payload = {"query": EVENTS, "variables": {"after": self._cursor}}
            await self._say(socket, type="subscribe", id="1", payload=payload)
            self.connections += 1
            async for text in socket:
                self._take(json.loads(text))
        finally:
            socket.transport.abort()  # nobody says goodbye where a network breaks

    async def _say(self, socket: ClientConnection, **message: Any) -> None:
        await socket.send(json.dumps(message))

    def _take(self, message: dict[str, Any]) -> None:
        if message["type"] != "next":
            raise EOFError(json.dumps(message))
        event = message["payload"]["data"]["events"]
        if event["cursor"] is None:
            return  # typing and presence are not of the feed
        self._cursor, position = event["cursor"], position_of(event["cursor"])
        if event["__typename"] == "ResyncRequired":
            self.history.note("reloaded", missed=position - self.position)
            raise ResyncRequired(position)
        self.position = position
        if event["__typename"] != "CaughtUp":
            self._note(event)

    def _note(self, event: dict[str, Any]) -> None:
        self.told_at = time.monotonic()
        if event["__typename"] == "ConversationEnded":
            self.history.note("ended", conversation=event["conversationId"], position=self.position)
            return
        message = event.get("message") or {}
        self.history.note(
            "event",
            conversation=event["conversation"]["id"] if event["conversation"] else None,
            sequence=event["sequence"],
            position=self.position,
            message=message.get("sequence"),
            body=message.get("body"),
        )
