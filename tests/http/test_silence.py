"""A client that falls silent in the middle of a request is not waited for; one that listens is."""

import asyncio
import http.client
import json
import select
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import requests
from tests.servers import PATIENCE, database, free_ports, running, wait_for

HALF = b'{"query": "{ me'
REST = b' { id } }"}'
HEAD = (
    b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\nConnection: close\r\n%s\r\n"
)
CHUNKED = b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n"
CHUNK_SIZE = 16_384
CHUNK = b"%x\r\n%s\r\n" % (CHUNK_SIZE, b" " * CHUNK_SIZE)
LIMIT = 128 * 1024
FORM = b"multipart/form-data; boundary=b"
# The real application, in a hurry.
SERVER = """
import sys, uvicorn
from config import requests
requests.BODY_TIMEOUT, requests.BODY_SECONDS, requests.UPLOAD_SECONDS = 0.5, 1.5, 60
uvicorn.run("config.asgi:application", port=int(sys.argv[1]), lifespan="off", access_log=False)
"""


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder, (port,) = tmp_path_factory.mktemp("silence"), free_ports(1)
    environment = {
        "PATH": "",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SECRET_KEY": "for a server in a hurry, and for the tests alone",
        "JWT_SECRET_KEY": "for a server that does not wait, and for the tests alone",
        "ALLOWED_HOSTS": "localhost",
        "DEBUG": "off",
        "HTTPS": "off",
    }
    with database(folder) as address:
        command = [sys.executable, "-c", SERVER, str(port)]
        with running(command, {**environment, "DATABASE_URL": address}, folder / "log"):
            wait_for(lambda: is_listening(port))
            yield port


def is_listening(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


class Line:
    """Bytes to the server, one piece at a time, and all that comes back until it hangs up."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)

    def say(self, words: bytes) -> None:
        self.socket.sendall(words)

    def is_answered(self, within: float) -> bool:
        return bool(select.select([self.socket], [], [], within)[0])

    def answer(self) -> tuple[int, bytes]:
        """The status and the body on a line that the server leaves open."""
        with self.socket, http.client.HTTPResponse(self.socket) as response:
            response.begin()
            return response.status, response.read()

    def hear(self) -> tuple[int, dict[str, str], bytes]:
        """The status, the headers and the body; raises TimeoutError if the line is never closed."""
        heard = b"".join(iter(lambda: self.socket.recv(65_536), b""))
        self.socket.close()
        head, _, body = heard.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines)
        return int(first.split()[1]), headers, body


@pytest.mark.row(11)
@pytest.mark.parametrize("sent", [b"", HALF], ids=["nothing", "half"])
@pytest.mark.parametrize("kind", ["application/json", "application/graphql-response+json"])
def test_half_a_body_and_silence_is_answered_408(port: int, sent: bytes, kind: str) -> None:
    line = Line(port)
    line.say(HEAD % (len(HALF + REST), f"Accept: {kind}\r\n".encode()) + sent)
    status, headers, body = line.hear()
    assert (status, headers["content-type"], headers["connection"]) == (408, f"{kind}; charset=utf-8", "close")
    (error,) = json.loads(body)["errors"]
    assert error == {
        "message": "The rest of the body has not come for 0.5 seconds.",
        "extensions": {"code": "BAD_REQUEST"},
    }


def test_a_body_in_pieces_without_a_length_is_the_same(port: int) -> None:
    line = Line(port)
    head = b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked"
    line.say(head + b"\r\n\r\n5\r\n{    \r\n")
    assert line.hear()[0] == 408


def test_a_body_that_comes_drop_by_drop_is_not_waited_for_either(port: int) -> None:
    line = Line(port)
    line.say(HEAD % (len(HALF) + 10_000, b"") + HALF)
    while not line.is_answered(within=0.1):
        line.say(b" ")
    status, body = line.answer()
    (error,) = json.loads(body)["errors"]
    assert (status, error["message"]) == (408, "The body has not come whole within 1.5 seconds.")


@pytest.mark.row(12)
def test_a_body_without_a_length_is_refused_as_soon_as_it_is_too_long(port: int) -> None:
    line = Line(port)
    line.say(CHUNKED % b"application/json" + CHUNK * (LIMIT // CHUNK_SIZE + 1))  # and more may come
    status, body = line.answer()
    (error,) = json.loads(body)["errors"]
    assert (status, error["extensions"]["code"]) == (413, "PAYLOAD_TOO_LARGE")


@pytest.mark.parametrize("sign", [b"Authorization: Bearer x", b"Cookie: a=b; sessionid=x"], ids=["token", "cookie"])
def test_one_with_files_may_be_longer(port: int, sign: bytes) -> None:
    line = Line(port)
    line.say(CHUNKED % (FORM + b"\r\n" + sign) + CHUNK * (LIMIT // CHUNK_SIZE + 1) + b"0\r\n\r\n")
    assert line.answer()[0] == 415  # it is looked at, and has no preflight header


@pytest.mark.row(12)
def test_one_with_files_of_nobody_may_not(port: int) -> None:
    line = Line(port)
    line.say(CHUNKED % FORM + CHUNK * (LIMIT // CHUNK_SIZE + 1))  # and more may come
    status, body = line.answer()
    (error,) = json.loads(body)["errors"]
    assert (status, error["extensions"]["code"]) == (413, "PAYLOAD_TOO_LARGE")


def test_a_body_that_comes_in_two_parts_is_read(port: int) -> None:
    line = Line(port)
    line.say(HEAD % (len(HALF + REST), b"") + HALF)
    line.say(REST)
    status, _, body = line.hear()
    assert (status, json.loads(body)) == (200, {"data": {"me": None}})


def test_a_request_without_a_body_is_not_waited_for(port: int) -> None:
    line = Line(port)
    line.say(b"GET /graphql?query={me{id}} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    status, _, body = line.hear()
    assert (status, json.loads(body)) == (200, {"data": {"me": None}})


# ── after the body ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_whoever_listens_for_the_end_of_a_connection_may_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """As server-sent events do: the body is whole, and the next message is that the client has gone."""
    monkeypatch.setattr(requests, "BODY_TIMEOUT", 0.01)

    async def listen() -> list[str]:
        messages: asyncio.Queue[dict[str, object]] = asyncio.Queue()
        messages.put_nowait({"type": "http.request", "body": HALF, "more_body": True})
        messages.put_nowait({"type": "http.request", "body": REST})
        receive = requests.receive_in_time(messages.get, requests.Bounds(len(HALF + REST), 60))
        heard = [await receive(), await receive()]
        end = asyncio.create_task(receive())
        await asyncio.sleep(0.1)
        assert not end.done()
        messages.put_nowait({"type": "http.disconnect"})
        return [str(message["type"]) for message in [*heard, await end]]

    assert asyncio.run(listen()) == ["http.request", "http.request", "http.disconnect"]


def test_the_proxy_waits_as_long() -> None:
    config = (Path(requests.__file__).parents[1] / "proxy" / "nginx.conf").read_text()
    assert f"client_body_timeout {requests.BODY_TIMEOUT:g}s;" in config
