"""The request log: one JSON line a request, which says who asked for what, and nothing of what was said."""

import asyncio
import contextvars
import json
import logging
from unittest.mock import AsyncMock, Mock

import pytest
from django.test import Client

from config.websocket import Socket
from messaging.threads import Threads
from schema import lists
from schema.asked import Subscribed, current
from schema.context import Context
from schema.documents import operation_from
from tests.conftest import PASSWORD
from tests.operations import ME, REGISTER, TOKEN_AUTH, USERS


def send(client: Client, query: str = ME, headers: dict | None = None, **body):
    text = json.dumps({"query": query, **body})
    return client.post("/graphql", text, content_type="application/json", headers=headers or {})


def test_a_request_is_one_line_of_json(alice, log):
    response = alice.post(ME)
    entry = log.entry()
    assert entry.pop("milliseconds") > 0
    assert entry.pop("time").endswith("Z")
    assert entry == {
        "event": "request",
        "logger": "parley.request",
        "level": "info",
        "request_id": response["X-Request-ID"],
        "person": alice.person.pk,
        "address": "127.0.0.1",
        "operation": "Me",
        "type": "query",
        "status": 200,
        "errors": [],
    }


def test_nobody_is_nobody(client, db, log):
    send(client)
    assert log.entry()["person"] is None


def test_a_mutation_is_called_one(client, db, log):
    send(client, TOKEN_AUTH, variables={"input": {"username": "x", "password": "x"}})
    assert (log.entry()["operation"], log.entry()["type"]) == ("TokenAuth", "mutation")


@pytest.mark.parametrize(
    ("query", "name", "logged"),
    [
        ("query A { me { id } }", None, "A"),
        ("query A { me { id } } query B { me { id } }", "B", "B"),
        ("{ me { id } }", None, None),
        ("query A { me { id } }", "B", "B"),
        (f"query {'a' * 5_000} {{ me {{ id }} }}", None, "a" * 100),
    ],
)
def test_the_name_of_the_operation_is_logged_but_never_at_length(client, db, log, query, name, logged):
    send(client, query, operationName=name)
    assert log.entry()["operation"] == logged


@pytest.mark.parametrize(
    ("query", "status", "codes"),
    [
        (USERS, 200, ["UNAUTHENTICATED"]),
        ("{ a: users { totalCount } me { id } }", 200, ["UNAUTHENTICATED"]),
        ("{", 200, ["GRAPHQL_PARSE_FAILED"]),
        ("{ nothing }", 200, ["GRAPHQL_VALIDATION_FAILED"]),
        (
            'mutation { tokenAuth(input: {username: "x", password: "x"}) { errors { code } } }',
            200,
            ["INVALID_CREDENTIALS"],
        ),
        ("", 400, ["BAD_REQUEST"]),
    ],
)
def test_what_was_refused_is_logged_by_its_codes(client, db, log, query, status, codes):
    send(client, query)
    assert (log.entry()["status"], log.entry()["errors"]) == (status, codes)


@pytest.mark.parametrize("method", ["put", "options", "head"])
def test_what_is_no_operation_is_logged_too(client, log, method):
    getattr(client, method)("/graphql")
    (entry,) = [json.loads(line) for line in log.lines() if json.loads(line)["event"] == "request"]
    assert (entry["status"], entry["operation"], entry["type"]) == (405, None, None)


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Cookie": "sessionid=x"}])
def test_a_request_that_never_reached_the_door_is_logged_too(client, db, log, headers):
    response = client.put("/graphql", headers=headers)
    (entry,) = [json.loads(line) for line in log.lines() if json.loads(line)["event"] == "request"]
    assert entry["status"] == response.status_code
    assert entry["request_id"] == response["X-Request-ID"]


def test_an_unforeseen_exception_is_one_line_with_the_request_id(alice, log, monkeypatch):
    def people_for(viewer):
        raise RuntimeError("line one\nline two")

    monkeypatch.setattr(lists, "people_for", people_for)
    alice.post(USERS, HTTP_X_REQUEST_ID="find-me")
    fault, request = [json.loads(line) for line in log.lines()]
    assert fault["level"] == "error"
    assert "Traceback" in fault["exception"]
    assert fault["request_id"] == request["request_id"] == "find-me"
    assert request["errors"] == ["INTERNAL_SERVER_ERROR"]


def test_every_line_of_a_request_says_which_and_of_which_operation(alice, log, monkeypatch):
    def people_for(viewer):
        logging.getLogger("django").warning("deep inside")
        logging.getLogger("parley.x").warning("a %s inside", "level", extra={"letter": "x"})
        return found(viewer)

    found = lists.people_for
    monkeypatch.setattr(lists, "people_for", people_for)
    alice.post(USERS, HTTP_X_REQUEST_ID="find-me")
    entries = log.entries()
    assert [entry["event"] for entry in entries] == ["deep inside", "a level inside", "request"]
    assert {(entry["request_id"], entry["operation"]) for entry in entries} == {("find-me", "Users")}
    assert entries[1]["letter"] == "x"


def test_a_line_before_the_operation_is_known_has_the_id_alone(client, db, log):
    client.put("/graphql", headers={"Host": "evil.example", "X-Request-ID": "find-me"})
    assert {(entry["request_id"], entry["operation"]) for entry in log.entries()} == {("find-me", None)}


def test_a_line_between_requests_belongs_to_none(alice, log):
    alice.post(ME)
    logging.getLogger("parley.x").warning("outside")
    assert "request_id" not in log.entries()[-1]


@pytest.mark.parametrize("failure", [BrokenPipeError(), OSError(28, "No space left on device"), ValueError("closed")])
def test_a_line_that_cannot_be_written_takes_nothing_from_the_answer(alice, monkeypatch, failure):
    broken = Mock(write=Mock(side_effect=failure), flush=Mock(side_effect=failure))
    monkeypatch.setattr("config.logs.sys", Mock(stderr=broken))
    assert alice.ask(ME)["me"]["username"] == "alice"
    assert broken.write.called


# ── of live connections ──────────────────────────────────────────────────────────────────────────────────────────────

LISTEN = "subscription Listen { events { __typename } }"


def a_socket() -> Socket:
    return Socket({}, "127.0.0.1", "http://testserver", AsyncMock(), AsyncMock())


@pytest.mark.asyncio
async def test_a_line_about_a_socket_has_its_id(log):
    socket = a_socket()
    logging_in = AsyncMock(side_effect=lambda: logging.getLogger("parley.x").warning("deep inside"))
    socket._until_the_end = logging_in
    await asyncio.create_task(socket.run(["graphql-transport-ws"]))
    assert log.entry()["request_id"] == socket._request_id


@pytest.mark.asyncio
async def test_a_line_about_a_subscription_has_its_operation_too(log, monkeypatch):
    monkeypatch.setattr("config.websocket.subscribe", AsyncMock(side_effect=RuntimeError))
    socket = a_socket()
    await asyncio.create_task(socket._tell("1", Context(operation=operation_from({"query": LISTEN}), address=None)))
    assert (log.entry()["request_id"], log.entry()["operation"]) == (socket._request_id, "Listen")


@pytest.mark.asyncio
async def test_what_a_client_has_done_in_a_thread_is_told_as_theirs_and_what_all_need_is_nobodys(log):
    def work() -> None:
        logging.getLogger("parley.x").warning("deep inside")

    threads = Threads()
    current.set(Subscribed("a-socket", operation_from({"query": LISTEN})))
    await threads.run_for(None, work)
    await asyncio.create_task(threads.run(work), context=contextvars.Context())
    first, second = log.entries()
    assert (first["request_id"], first["operation"]) == ("a-socket", "Listen")
    assert "request_id" not in second


# ── what is never in it ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.row(35)
def test_no_secret_is_ever_logged(alice, client, log):
    new = {"username": "dora", "email": "dora@example.com", "password": PASSWORD, "phoneNumber": "+12125552368"}
    tokens = send(client, REGISTER, variables={"input": new}).json()["data"]["register"]
    token = tokens["token"]
    send(client, TOKEN_AUTH, variables={"input": {"username": "dora@example.com", "password": PASSWORD}})
    send(client, TOKEN_AUTH, variables={"input": {"username": "dora@example.com", "password": f"{PASSWORD}!"}})
    send(client, TOKEN_AUTH, variables={"input": {"username": "dora", "password": {"wrong shape": PASSWORD}}})
    send(client, f'mutation {{ tokenAuth(input: {{username: "dora", password: "{PASSWORD}"}}) {{ token }} }}')
    send(client, f'mutation {{ tokenAuth(input: {{username: "dora", password: "{PASSWORD}"}}) {{ nothing }} }}')
    send(client, f'mutation {{ tokenAuth(input: {{username: "dora", password: "{PASSWORD}" }} ')
    send(client, ME, {"Authorization": f"Bearer {token}"})
    send(client, ME, {"Authorization": f"Bearer {token}x"})
    client.get("/graphql", {"query": f'{{ node(id: "{token}") {{ id }} }}'})
    client.post("/graphql", f"{token} {PASSWORD}", content_type="text/plain")
    for secret in (PASSWORD, token, tokens["refreshToken"], "dora@example.com", "12125552368"):
        assert secret not in log.getvalue()


@pytest.mark.row(35)
def test_no_text_of_a_document_is_logged(client, db, log):
    send(client, '{ node(id: "canary") { id } } # canary', variables={"canary": "canary"}, extensions={"a": "canary"})
    assert "canary" not in log.getvalue()


# ── nothing forges a line ────────────────────────────────────────────────────────────────────────────────────────────

FORGED = 'A\r\n{"event":"request","person":1}\x1b[2J\x1b[31m\u2028\x85'


@pytest.mark.row(34)
def test_line_breaks_and_ansi_codes_in_an_operation_name_stay_one_escaped_line(client, db, log):
    send(client, operationName=FORGED)
    (line,) = log.getvalue().split("\n")[:-1]
    assert line.isprintable()
    assert json.loads(line)["operation"] == FORGED


@pytest.mark.row(34)
@pytest.mark.parametrize(
    "name", ["X-Request-ID", "X-Forwarded-For", "Host", "Origin", "Accept", "User-Agent", "Referer"]
)
def test_line_breaks_and_ansi_codes_in_a_header_forge_nothing(client, db, log, name):
    response = send(client, headers={name: FORGED})
    lines = log.getvalue().split("\n")[:-1]
    assert all(line.isprintable() for line in lines)
    assert [json.loads(line)["person"] for line in lines if json.loads(line)["event"] == "request"] == [None]
    assert "\n" not in response["X-Request-ID"]


# ── the request's id ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("given", ["a", "7", "01J9-abc_DEF.7", "x" * 64])
def test_a_sane_request_id_is_kept(client, db, log, given):
    assert send(client, headers={"X-Request-ID": given})["X-Request-ID"] == given
    assert log.entry()["request_id"] == given


@pytest.mark.parametrize(
    "given", ["", " ", "x" * 65, "a b", "a\n", "\x1b[31m", "<script>", "é", "a,b", '"', "%0a", "١"]
)
def test_any_other_is_replaced(client, db, log, given):
    answered = send(client, headers={"X-Request-ID": given})["X-Request-ID"]
    assert len(answered) == 32
    assert answered != given
    assert log.entry()["request_id"] == answered


def test_every_request_has_an_id_of_its_own(client, db):
    assert send(client)["X-Request-ID"] != send(client)["X-Request-ID"]
