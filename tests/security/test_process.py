"""Rows 11, 12, 14, 17, 18 and 34 to 36 on the real processes of production: raw bytes in, and what is in the log."""

import http.client
import json
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.compose import command_of
from tests.conftest import PASSWORD
from tests.deploy.test_proxy import prepare
from tests.operations import ME, REGISTER, TOKEN_AUTH
from tests.servers import PATIENCE, database, free_ports, is_up, running, wait_for

MAX_BODY = 128 * 1024


@dataclass
class Process:
    """A server of production, spoken to in bytes."""

    port: int
    log: Path

    def say(self, sent: bytes) -> tuple[int, bytes]:
        """Status and body of the answer to exactly these bytes."""
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as line:
            line.sendall(sent)
            response = http.client.HTTPResponse(line)
            response.begin()
            return response.status, response.read()

    def post(self, body: bytes, content_type: str = "application/json", **headers: str) -> tuple[int, bytes]:
        given = {
            "Host": "localhost",
            "Content-Type": content_type,
            "Content-Length": str(len(body)),
            "Connection": "close",
        }
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        lines = [b"POST /graphql HTTP/1.1", *(f"{name}: {value}".encode("latin-1") for name, value in given.items())]
        return self.say(b"\r\n".join([*lines, b"", body]))

    def ask(self, query: str, variables: dict[str, Any] | None = None, **headers: str) -> Any:
        return json.loads(self.post(json.dumps({"query": query, "variables": variables or {}}).encode(), **headers)[1])


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Production, over http, with an empty database."""
    folder = tmp_path_factory.mktemp("production")
    with database(folder) as address:
        given = {
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "tests.deploy.settings",
            "STATIC_ROOT": str(folder),
            "DATABASE_URL": address,
            "SECRET_KEY": "for the process in front of the tests alone",
            "JWT_SECRET_KEY": "for the process behind the tests alone, too",
            "DEBUG": "off",
            "HTTPS": "off",
            "ALLOWED_HOSTS": "localhost",
            "RATE_LIMITS": "off",
        }
        prepare(folder, given)
        yield given


@pytest.fixture(scope="module", params=["web", "live"])
def process(request: pytest.FixtureRequest, environment: dict[str, str], tmp_path_factory: Any) -> Iterator[Process]:
    """As compose.yaml starts it: granian, and uvicorn."""
    (port,) = free_ports(1)
    log = tmp_path_factory.mktemp(request.param) / "log"
    with running(command_of(request.param), {**environment, "GRANIAN_PORT": str(port), "UVICORN_PORT": str(port)}, log):
        wait_for(is_up(port))
        yield Process(port, log)


def code_of(answer: tuple[int, bytes]) -> tuple[int, str]:
    status, body = answer
    (error,) = json.loads(body)["errors"]
    return status, error["extensions"]["code"]


# ── 11, 12: bodies ───────────────────────────────────────────────────────────────────────────────────────────────────

BODIES = {
    "null": b"null",
    "5": b"5",
    "empty list": b"[]",
    "a query that is a number": b'{"query":5}',
    "bad UTF-8": b'{"query":"{ me { id } } \xff"}',
    "NaN": b'{"query":"{ me { id } }","variables":{"a":NaN}}',
    "5,000 digits": b'{"query":"{ me { id } }","variables":{"a":' + b"9" * 5_000 + b"}}",
    "nothing": b"",
}


@pytest.mark.row(11)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_what_is_no_request_is_a_bad_request(process: Process, body: bytes) -> None:
    assert code_of(process.post(body)) == (400, "BAD_REQUEST")


@pytest.mark.row(11)
@pytest.mark.parametrize("length", [b"-1", b"x", b"1e3", b"0x10", b"99999999999999999999999999"])
def test_a_length_that_is_none_is_refused(process: Process, length: bytes) -> None:
    head = b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
    assert process.say(head + length + b"\r\nConnection: close\r\n\r\n")[0] in (400, 413)


@pytest.mark.row(12)
def test_a_body_has_at_most_128_kilobytes(process: Process) -> None:
    empty = len(b'{"query":"{ me { id } }"}')
    fits, over = (b'{"query":"{ me { id } }' + b" " * (size - empty) + b'"}' for size in (MAX_BODY, MAX_BODY + 1))
    assert process.post(fits) == (200, b'{"data":{"me":null}}')
    assert code_of(process.post(over)) == (413, "PAYLOAD_TOO_LARGE")


@pytest.mark.row(12)
def test_a_body_in_chunks_is_no_longer(process: Process) -> None:
    """Its length is not said beforehand. granian hands no such body on; before uvicorn it is counted."""
    chunk = b"%x\r\n%s\r\n" % (MAX_BODY, b" " * MAX_BODY)
    head = (
        b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n"
    )
    sent = head + b"Connection: close\r\n\r\n" + chunk * 4 + b"0\r\n\r\n"
    assert code_of(process.say(sent)) in ((413, "PAYLOAD_TOO_LARGE"), (400, "BAD_REQUEST"))


@pytest.mark.row(14)
@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-www-form-urlencoded",
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "",
        "\x01",
    ],
)
def test_only_json_is_taken(process: Process, content_type: str) -> None:
    body = b'{"query":"{ me { id } }"}'
    status, answer = process.post(body, content_type)
    assert status in (400, 415)
    assert b'"data"' not in answer


# ── 17, 18: whom it answers, and what it tells ───────────────────────────────────────────────────────────────────────


@pytest.mark.row(17)
@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "localhost@evil.example", "", "127.0.0.1"])
def test_only_its_own_name_is_answered(process: Process, host: str) -> None:
    assert process.post(b'{"query":"{ me { id } }"}', Host=host)[0] == 400


@pytest.mark.row(17)
def test_what_is_said_to_be_forwarded_is_not_looked_at(process: Process) -> None:
    assert process.post(b'{"query":"{ me { id } }"}', X_Forwarded_Host="evil.example")[0] == 200


@pytest.mark.row(18)
def test_production_tells_nothing_of_its_schema(process: Process) -> None:
    for query in ("{ __schema { types { name } } }", '{ __type(name: "User") { name } }', "{ usres { id } }"):
        answer = process.ask(query)
        assert {error["extensions"]["code"] for error in answer["errors"]} == {"GRAPHQL_VALIDATION_FAILED"}
        assert "data" not in answer
        assert "Did you mean" not in json.dumps(answer)


@pytest.mark.row(18)
def test_production_has_no_graphiql(process: Process) -> None:
    page = b"GET /graphql HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\nConnection: close\r\n\r\n"
    status, body = process.say(page)
    assert status == 404
    assert b"script" not in body


@pytest.mark.parametrize("header", [b"SCRIPT_NAME", b"SCRIPT-NAME", b"Script-Name", b"PATH_INFO", b"X-Script-Name"])
def test_no_header_moves_the_door(process: Process, header: bytes) -> None:
    query = "{ " + " ".join(f"a{place}: me {{ id }}" for place in range(16)) + " }"
    answer = process.ask(query, **{header.decode(): "/elsewhere"})
    assert answer["errors"][0]["extensions"]["code"] == "QUERY_TOO_COMPLEX"


# ── 34 to 36: what is in the log ─────────────────────────────────────────────────────────────────────────────────────

SEND = "mutation($input: SendMessageInput!) { sendMessage(input: $input) { message { id } errors { code } } }"
START = 'mutation { createConversation(input: {title: "canary-title", participantIds: []}) { conversation { id } } }'


@pytest.mark.row(34, 35, 36)
def test_the_log_holds_one_line_a_request_and_no_secret(process: Process) -> None:
    """Everything is sent that a front end sends, then what an attacker would: the log is the process's own output."""
    name = f"dora{process.port}"
    person = {
        "username": name,
        "email": f"canary-{name}@example.com",
        "password": PASSWORD,
        "phoneNumber": "+12125552368",
    }
    tokens = process.ask(REGISTER.replace("Register", "Marked", 1), {"input": person})["data"]["register"]
    bearer = {"Authorization": f"Bearer {tokens['token']}"}
    group = process.ask(START, **bearer)["data"]["createConversation"]["conversation"]["id"]
    sent = {"conversationId": group, "body": "canary-body", "idempotencyKey": "canary-key"}
    assert process.ask(SEND, {"input": sent}, **bearer)["data"]["sendMessage"]["errors"] == []
    process.ask(SEND, {"input": {**sent, "conversationId": ["canary-wrong-shape"]}}, **bearer)
    process.ask(TOKEN_AUTH, {"input": {"username": person["email"], "password": "canary-password"}})
    process.ask(TOKEN_AUTH, {"input": {"username": 'a\r\n{"forged":1}\x1b[31m', "password": "canary-password"}})
    process.ask(ME, Authorization="Bearer canary-token")
    process.ask('{ node(id: "canary-literal") { id } } # canary-comment')
    process.ask("query A\r\n\x1b[31m { me { id } }")
    process.post(b"canary-body", "text/plain")
    process.say(
        b"GET /graphql?query={me{id}}&variables={%22a%22:%22canary-address%22} HTTP/1.1\r\nHost: localhost\r\n"
        b"User-Agent: canary-agent\r\nReferer: http://canary\r\nConnection: close\r\n\r\n"
    )
    process.post(b'{"query":"{ me { id } }"}', X_Request_ID="forged\x1b[31m", X_Forwarded_For="203.0.113.66")
    last = b'{"query":"query Last { me { id } }"}'
    assert process.post(last, Cookie="sessionid=canary-cookie")[0] == 200

    lines = wait_for(lambda: ended(process.log))
    entries = [json.loads(line) for line in lines if line.startswith("{")]
    assert {"Marked", "TokenAuth", "Me", "SendMessage"} - {"SendMessage"} <= {
        entry.get("operation") for entry in entries
    }
    assert {entry["address"] for entry in entries if entry["event"] == "request"} == {"127.0.0.1"}
    assert all(line.isprintable() for line in lines)
    assert not [line for line in lines if "forged" in line and json.loads(line).get("forged")]
    for secret in ("canary", PASSWORD, tokens["token"], tokens["refreshToken"], "12125552368", name + "@"):
        assert secret not in "\n".join(lines)


def ended(log: Path) -> list[str]:
    """The lines, once the last request is among them: it may be written after its answer."""
    lines = log.read_text().split("\n")[:-1]
    return lines if any('"operation":"Last"' in line for line in lines) else []
