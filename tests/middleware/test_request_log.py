"""The request log: one JSON line a request, which says who asked for what, and nothing of what was said."""

import json
import logging
from collections.abc import Iterator
from io import StringIO

import pytest
from django.test import Client

from config.logs import formatter
from schema import lists
from tests.conftest import PASSWORD
from tests.operations import ME, REGISTER, TOKEN_AUTH, USERS


class Log(StringIO):
    def lines(self) -> list[str]:
        return self.getvalue().splitlines()

    def entry(self) -> dict:
        """The only line."""
        (line,) = self.lines()
        return json.loads(line)


@pytest.fixture
def log() -> Iterator[Log]:
    """Everything that is logged meanwhile, as it is written to standard error."""
    log = Log()
    handler = logging.StreamHandler(log)
    handler.setFormatter(formatter())
    loggers = [logging.getLogger(), logging.getLogger("parley")]  # the second hands nothing up
    for logger in loggers:
        logger.addHandler(handler)
    yield log
    for logger in loggers:
        logger.removeHandler(handler)


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
