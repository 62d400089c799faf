"""What takes too long is stopped and undone: by the deadline of the request, and by PostgreSQL's own time-outs."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import psycopg
import pytest
from django.conf import settings as real
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.bootstrap import ROOT
from config.database import set_timeouts
from messaging.models import Message
from tests.conftest import Door
from tests.messaging.operations import gid, say, talk
from tests.operations import USERS
from tests.races import on_postgresql

SEND = """mutation($input: SendMessageInput!) { sendMessage(input: $input) {
  message { body sender { username } } errors { code }
} }"""
TWICE = """mutation($a: SendMessageInput!, $b: SendMessageInput!) {
  a: sendMessage(input: $a) { message { body } } b: sendMessage(input: $b) { message { body } }
}"""
RESPONSE_JSON = "application/graphql-response+json"


class Clock:
    """That of the deadline, on which a minute goes by when a test says so."""

    def __init__(self) -> None:
        self.minutes = 0

    def monotonic(self) -> float:
        return time.monotonic() + 60 * self.minutes

    def go_on(self) -> None:
        self.minutes += 1


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Clock:
    clock, settings.REQUEST_SECONDS = Clock(), 30
    monkeypatch.setattr("schema.deadline.time", clock)
    return clock


@contextmanager
def slow(clock: Clock, part: str, first: int = 1) -> Iterator[None]:
    """A database that takes longer than the deadline for statements with this text in them, from the first on."""
    met = count(1)

    def wait(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if part in sql.replace('"', "") and next(met) >= first:
            clock.go_on()
        return result

    with connection.execute_wrapper(wait):
        yield


def codes(response: Any) -> list[tuple[str, list[str] | None]]:
    return [(error["extensions"]["code"], error.get("path")) for error in response.json()["errors"]]


def letter(conversation: str, body: str = "hello") -> dict[str, Any]:
    return {"conversationId": conversation, "body": body}


def letter_to(door: Door, conversation: str, body: str = "hello") -> dict[str, Any]:
    """One that names somebody, which takes more than one statement to send."""
    return letter(conversation, body) | {"mentionIds": [gid(door)]}


# ── the deadline ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def direct(alice: Door, bob: Door) -> str:
    return talk(alice, bob)


@pytest.mark.row(19)
def test_a_query_past_the_deadline_is_one_error_and_no_data(alice, settings):
    settings.REQUEST_SECONDS = 1e-9
    response = alice.post(f"{USERS[:-1]} more: users {{ totalCount }} }}")
    assert codes(response) == [("TIMEOUT", None)]
    assert response.json()["errors"][0]["message"].startswith("This took too long")
    assert (response.status_code, "data" in response.json()) == (200, False)


@pytest.mark.row(19)
def test_in_the_newer_media_type_it_is_400(alice, settings):
    settings.REQUEST_SECONDS = 1e-9
    assert alice.post(USERS, HTTP_ACCEPT=RESPONSE_JSON).status_code == 400


def test_the_next_request_has_its_own_time(alice, settings):
    settings.REQUEST_SECONDS = 1e-9
    assert alice.refused(USERS) == "TIMEOUT"
    settings.REQUEST_SECONDS = 10
    assert alice.ask(USERS)["users"]["totalCount"] == 1


def test_zero_is_no_deadline(alice, settings):
    settings.REQUEST_SECONDS = 0
    assert alice.ask(USERS)["users"]["totalCount"] == 1


def test_what_needs_no_statement_is_stopped_before_the_next_object(alice, direct, clock, monkeypatch):
    say(alice, direct)
    found = Message.objects.get()

    def find_slowly(*_):
        clock.go_on()
        return found

    monkeypatch.setattr("schema.ids.find_or_none", find_slowly)
    assert alice.refused('{ message(id: "x") { body } }') == "TIMEOUT"


@pytest.mark.row(19)
def test_a_change_that_passes_the_deadline_is_undone(alice, bob, direct, clock):
    with slow(clock, "UPDATE messaging_conversation"):
        response = alice.post(SEND, {"input": letter_to(bob, direct)})
    assert codes(response) == [("TIMEOUT", ["sendMessage"])]
    assert not Message.objects.exists()
    assert alice.ask(SEND, input=letter_to(bob, direct))["sendMessage"]["message"]["body"] == "hello"


@pytest.mark.row(19)
def test_so_it_is_where_the_transaction_begins_with_it(transactional_db, alice, bob, direct, clock):
    with slow(clock, "UPDATE messaging_conversation"):
        response = alice.post(SEND, {"input": letter_to(bob, direct)})
    assert codes(response) == [("TIMEOUT", ["sendMessage"])]
    assert not Message.objects.exists()


def test_the_change_before_it_in_the_document_is_done_and_stays(alice, bob, direct, clock):
    with slow(clock, "UPDATE messaging_conversation", first=2):
        response = alice.post(TWICE, {"a": letter(direct, "the first"), "b": letter_to(bob, direct, "the second")})
    assert codes(response) == [("TIMEOUT", ["b"])]
    assert response.json()["data"] is None  # `b` is never null, so that all is; the path tells what was not done
    assert [message.body for message in Message.objects.all()] == ["the first"]


READ_BACK = """mutation($a: SendMessageInput!) { sendMessage(input: $a) {
  message { conversation { participants { nodes { user { username } } } } }
} }"""


def test_what_is_committed_is_told_however_late(transactional_db, alice, direct, clock):
    with slow(clock, "INSERT INTO messaging_event"):  # the last statement before the commit
        told = alice.ask(READ_BACK, a=letter(direct))
    people = told["sendMessage"]["message"]["conversation"]["participants"]["nodes"]
    assert [person["user"]["username"] for person in people] == ["alice", "bob"]


def test_the_change_after_it_is_not_begun(transactional_db, alice, direct, clock):
    with slow(clock, "INSERT INTO messaging_event"):
        response = alice.post(TWICE, {"a": letter(direct, "the first"), "b": letter(direct, "the second")})
    assert codes(response) == [("TIMEOUT", ["b"])]
    assert [message.body for message in Message.objects.all()] == ["the first"]


def test_the_log_knows_that_it_was_late_and_no_traceback(alice, settings, log):
    settings.REQUEST_SECONDS = 1e-9
    alice.refused(USERS)
    assert log.entry()["errors"] == ["TIMEOUT"]


# ── PostgreSQL's own time-outs ──────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def serving(transactional_db: None, settings: Any) -> Iterator[None]:
    """The connection of this thread as a process that serves has it, only more impatient."""
    settings.DATABASE_TIMEOUTS = {"statement_timeout": 0.5, "lock_timeout": 0.1}
    set_timeouts(connection)
    yield
    connection.close()


@contextmanager
def another() -> Iterator[psycopg.Connection[Any]]:
    """Another process, in a transaction of its own."""
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}) as other:
        yield other
        other.rollback()


@pytest.mark.row(19)
@on_postgresql
def test_a_statement_that_runs_too_long_is_ended_and_the_change_undone(serving, alice, direct):
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION dawdle() RETURNS trigger AS 'BEGIN PERFORM pg_sleep(9); RETURN NEW; END' LANGUAGE plpgsql;"
            " CREATE TRIGGER dawdle AFTER INSERT ON messaging_message FOR EACH ROW EXECUTE FUNCTION dawdle()"
        )
    try:
        assert codes(alice.post(SEND, {"input": letter(direct)})) == [("TIMEOUT", ["sendMessage"])]
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION dawdle CASCADE")
    assert not Message.objects.exists()
    assert alice.ask(SEND, input=letter(direct))["sendMessage"]["message"]["body"] == "hello"


@pytest.mark.row(19)
@on_postgresql
def test_a_lock_that_is_not_given_is_asked_for_once_more_and_then_the_server_is_unavailable(serving, alice, direct):
    with another() as other:
        other.execute("SELECT 1 FROM messaging_conversation FOR UPDATE")
        with CaptureQueriesContext(connection) as asked:
            assert codes(alice.post(SEND, {"input": letter(direct)})) == [("UNAVAILABLE", ["sendMessage"])]
    assert sum("UPDATE messaging_conversation" in query["sql"].replace('"', "") for query in asked) == 2
    assert not Message.objects.exists()
    assert alice.ask(SEND, input=letter(direct))["sendMessage"]["message"]["body"] == "hello"


@on_postgresql
def test_a_query_does_not_wait_for_a_lock_for_ever(serving, alice):
    with another() as other:
        other.execute("LOCK TABLE accounts_user")
        alice.client.raise_request_exception = False
        response = alice.post(USERS)
    assert codes(response) == [("UNAVAILABLE", None)]
    assert (response.status_code, response["Retry-After"]) == (503, "5")


SHOW = f"""
from django.db import connection
cursor = connection.cursor()
print(*[cursor.execute(f"SHOW {{name}}").fetchone()[0] for name in {list(real.DATABASE_TIMEOUTS)}])
"""


@pytest.mark.row(19)
@on_postgresql
@pytest.mark.parametrize(
    ("before", "shown"),
    [
        ("import config.wsgi", ["5s", "2s", "10s"]),
        ("import config.asgi", ["5s", "2s", "10s"]),
        ("import django; django.setup()", ["0", "0", "0"]),  # as manage.py does
    ],
)
def test_the_processes_that_serve_have_time_outs_and_commands_have_none(transactional_db, before, shown):
    server = os.environ["DATABASE_URL"].rpartition("/")[0]
    environment = {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": f"{server}/{connection.settings_dict['NAME']}",
        "DEBUG": "off",
        "ALLOWED_HOSTS": "chat.example.org",
        "SECRET_KEY": real.SECRET_KEY,
        "JWT_SECRET_KEY": real.JWT_SECRET_KEY,
        "PATH": os.environ["PATH"],
    }
    process = [sys.executable, "-c", f"{before}\n{SHOW}"]
    done = subprocess.run(process, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.split() == shown
