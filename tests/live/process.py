"""A live process of its own, as compose.yaml starts it, and people who are registered there and talk to it."""

# ruff: noqa: S603 - this Python, with arguments written here

import http.client
import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jwt
from django.conf import settings
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.compose import command_of
from tests.conftest import PASSWORD
from tests.messaging.operations import document
from tests.operations import REGISTER, refusals
from tests.servers import PATIENCE, ROOT, database, free_ports, is_up, running, wait_for

PROTOCOL = "graphql-transport-ws"
EVENTS = """subscription Listen($after: String, $conversationId: ID) {
  events(after: $after, conversationId: $conversationId) {
    __typename cursor sequence ... on MessageSent { message { body sender { username } } }
  }
}"""

PING = {"type": "ping"}
STREAM = "text/event-stream"
COMPLETE = ("complete", None)

Message = dict[str, Any]


def new_username(name: str) -> str:
    """Of nobody yet: a process outlives the tests of a module, and a worker may come back to them."""
    return f"{name}-{secrets.token_hex(4)}"


@dataclass(frozen=True)
class Process:
    port: int
    environment: dict[str, str]
    log: Path
    id: int = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def post(self, params: Any, **headers: str) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        """An answer that has begun; the connection is closed by whoever has read enough of it."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        given = {"Content-Type": "application/json", **{n.replace("_", "-"): v for n, v in headers.items()}}
        line.request("POST", "/graphql", json.dumps(params), given)
        return line, line.getresponse()

    def answer(self, query: str, variables: dict[str, Any] | None = None, **headers: str) -> Any:
        line, response = self.post({"query": query, "variables": variables or {}}, **headers)
        with line.sock or response:
            return json.loads(response.read())

    def register(self, name: str) -> "Person":
        """Somebody new, whose username begins with the name."""
        username = new_username(name)
        fields = {"username": username, "email": f"{username}@example.com", "password": PASSWORD}
        payload = self.answer(REGISTER, {"input": fields})["data"]["register"]
        assert payload["errors"] == []
        return Person(self, username, payload["user"]["id"], payload["token"])

    def manage(self, *arguments: str, **environment: str) -> None:
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.environment | environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def make_staff(self) -> str:
        """The username of somebody new who may use the admin."""
        username = new_username("staff")
        names = ["--no-input", f"--username={username}", f"--email={username}@example.com"]
        self.manage("createsuperuser", *names, DJANGO_SUPERUSER_PASSWORD=PASSWORD)
        return username

    def dial(self, path: str = "/graphql", host: str = "127.0.0.1", **options: Any) -> "Line":
        """A socket on which nothing has been said yet. Raises InvalidStatus where the handshake is refused."""
        options = {"subprotocols": [PROTOCOL], "proxy": None, "max_size": None, "ping_interval": None, **options}
        return Line(connect(f"ws://{host}:{self.port}{path}", **options))


@dataclass
class Person:
    process: Process
    username: str
    id: str
    token: str

    @property
    def header(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def ask(self, query: str, **variables: Any) -> Any:
        answer = self.process.answer(query, variables, **self.header)
        assert "errors" not in answer, answer
        return answer["data"]

    def do(self, verb: str, answer: str | None = None, **fields: Any) -> Any:
        """The payload of a mutation that must succeed."""
        payload = self.ask(document(verb, answer), input=fields)[verb]
        assert refusals({"errors": payload["errors"]}) == []
        return payload

    def gather(self, *others: "Person") -> str:
        """The id of a new group."""
        ids = [one.id for one in others]
        return self.do("createConversation", title="team", participantIds=ids)["conversation"]["id"]

    def say(self, conversation: str, *bodies: str) -> None:
        for body in bodies:
            self.do("sendMessage", "message { id }", conversationId=conversation, body=body)

    def cursor(self) -> str:
        return self.ask("{ eventCursor }")["eventCursor"]

    def dial(self, **options: Any) -> "Line":
        """A socket on which this person is known."""
        line = self.process.dial(**options)
        line.say("connection_init", payload=self.header)
        assert line.hear() == {"type": "connection_ack"}
        return line

    def sign_in_again(self) -> "Person":
        """The same person in another session."""
        fields = {"username": self.username, "password": PASSWORD}
        token = self.process.answer(document("tokenAuth", "token"), {"input": fields})["data"]["tokenAuth"]["token"]
        return Person(self.process, self.username, self.id, token)

    def with_token_for(self, seconds: int) -> "Person":
        """The same person with a token that expires in so many seconds, at the latest."""
        claims = jwt.decode(self.token, options={"verify_signature": False})
        claims["exp"] = int(time.time()) + seconds
        return Person(self.process, self.username, self.id, jwt.encode(claims, settings.JWT_SECRET_KEY, "HS256"))


class Line:
    """One WebSocket."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, message: Any) -> None:
        """Whatever it is: text and bytes as they are, anything else as JSON."""
        self.socket.send(message if isinstance(message, str | bytes) else json.dumps(message))

    def say(self, type: str, **fields: Any) -> None:
        self.send({"type": type, **fields})

    def subscribe(self, id: str = "1", query: str = EVENTS, **variables: Any) -> None:
        self.say("subscribe", id=id, payload={"query": query, "variables": variables})

    def listen(self, id: str = "1", *, after: str, **variables: Any) -> list[Message]:
        """Subscribes, and hands back what was stored after the cursor."""
        self.subscribe(id, after=after, **variables)
        events = [self.event(id)]
        while events[-1]["__typename"] != "CaughtUp":
            events.append(self.event(id))
        return events[:-1]

    def hear(self) -> Message:
        """The next message; a ping is answered by the way."""
        heard: Message = json.loads(self.socket.recv(PATIENCE))
        if heard != PING:
            return heard
        self.say("pong")
        return self.hear()

    def event(self, id: str = "1", *, but: str = "PresenceChanged") -> Message:
        """The next event of a subscription; who is online is told at any moment, and passed over."""
        while True:
            message = self.hear()
            assert (message["type"], message["id"]) == ("next", id), message
            event: Message = message["payload"]["data"]["events"]
            if event["__typename"] != but:
                return event

    def refusal(self, id: str = "1") -> str:
        """The code of the only error that a subscription ends with."""
        message = self.hear()
        assert (message["type"], message["id"]) == ("error", id), message
        (error,) = message["payload"]
        return str(error["extensions"]["code"])

    def ended(self) -> tuple[list[Message], int]:
        """What came until it was closed, and the code it was closed with."""
        heard: list[Message] = []
        with suppress(ConnectionClosed):
            while True:
                heard.append(self.hear())
        assert self.socket.close_code is not None
        return heard, self.socket.close_code


class Stream:
    """One answer in events."""

    def __init__(self, process: Process, headers: dict[str, str], query: str = EVENTS, **variables: Any) -> None:
        params = {"query": query, "variables": variables}
        self.line, self.response = process.post(params, Accept=STREAM, **headers)
        self._heard = self._read()

    def _read(self) -> Iterator[tuple[str, Any]]:
        name, end = "", time.monotonic() + PATIENCE
        for line in self.response:
            assert time.monotonic() < end, "nothing but comments comes"
            field, _, value = line.decode().rstrip("\n").partition(": ")
            if field == "event":
                name = value
            elif field.startswith("data"):
                yield name, json.loads(value) if value else None

    def __enter__(self) -> "Stream":
        return self

    def __exit__(self, *_: object) -> None:
        self.response.close()
        self.line.close()

    def hear(self) -> tuple[str, Any]:
        return next(self._heard)

    def event(self) -> dict[str, Any]:
        """The next event of the feed, but for who is online."""
        name, answer = self.hear()
        assert name == "next"
        event: dict[str, Any] = answer["data"]["events"]
        return event if event["__typename"] != "PresenceChanged" else self.event()

    def rest(self) -> list[tuple[str, Any]]:
        """What comes until it ends."""
        return list(self._heard)

    def refusal(self) -> str:
        """The code of the only error of what is over at once."""
        (name, answer), *rest = self.rest()
        assert (name, rest) == ("next", [COMPLETE])
        (error,) = answer["errors"]
        return str(error["extensions"]["code"])


@contextmanager
def house(folder: Path, **others: str) -> Iterator[dict[str, str]]:
    """The environment of processes that share an empty database; `others` go into it."""
    with database(folder) as url:
        environment = {
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "tests.live.settings",
            "DATABASE_URL": url,
            "JWT_SECRET_KEY": settings.JWT_SECRET_KEY,
            **others,
        }
        Process(0, environment, folder).manage("migrate", "-v0")
        yield environment


@contextmanager
def process_of(service: str, environment: dict[str, str], folder: Path) -> Iterator[Process]:
    """One of compose.yaml's, on a port of its own."""
    (port,) = free_ports(1)
    process = Process(
        port, environment | {"GRANIAN_PORT": str(port), "UVICORN_PORT": str(port)}, folder / "process.log"
    )
    with running(command_of(service), process.environment, process.log) as started:
        wait_for(is_up(port))
        yield replace(process, id=started.pid)


@contextmanager
def live_process(folder: Path, **others: str) -> Iterator[Process]:
    """With an empty database; `others` go into its environment."""
    with house(folder, **others) as environment, process_of("live", environment, folder) as process:
        yield process
