"""A bug of ours is masked: the client gets an id that finds it in the log, and nothing of its text."""

import logging

import pytest
from django.db import InterfaceError, OperationalError

from schema import lists
from tests.operations import ME, USERS

SECRET = "the text of an exception that nobody outside may read"


@pytest.fixture
def bug(monkeypatch) -> None:
    def people_for(viewer):
        raise RuntimeError(SECRET)

    monkeypatch.setattr(lists, "people_for", people_for)


@pytest.mark.row(20)
def test_an_unforeseen_exception_is_masked(alice, bug):
    response = alice.post(USERS, HTTP_X_REQUEST_ID="find-me")
    (error,) = response.json()["errors"]
    assert response.status_code == 200
    assert error["message"] == "Internal server error"
    assert error["extensions"] == {"code": "INTERNAL_SERVER_ERROR", "requestId": "find-me"}
    assert SECRET not in response.content.decode()


@pytest.mark.row(20)
def test_the_log_has_its_traceback_under_the_request_id(alice, bug, caplog):
    alice.post(USERS, HTTP_X_REQUEST_ID="find-me")
    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert record.exc_info is not None
    assert str(record.exc_info[1]) == SECRET
    assert record.request_id == "find-me"


def test_what_else_was_asked_for_is_still_answered(alice, monkeypatch):
    def find_or_none(*_):
        raise RuntimeError(SECRET)

    monkeypatch.setattr("schema.ids.find_or_none", find_or_none)
    answer = alice.post('{ me { username } message(id: "x") { id } }').json()
    assert answer["data"] == {"me": {"username": "alice"}, "message": None}
    assert [error["path"] for error in answer["errors"]] == [["message"]]


def test_a_refusal_is_no_fault_and_leaves_no_traceback(anyone, db, caplog):
    anyone.refused(USERS)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


# ── in front of the schema ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def broken(alice, monkeypatch):
    """Makes the look at who asks fail."""

    def fail(error: Exception) -> None:
        def session_of_access_token(token):
            raise error

        monkeypatch.setattr("config.middleware.authentication.session_of_access_token", session_of_access_token)
        alice.client.raise_request_exception = False

    return fail


def test_a_fault_of_a_guard_is_masked(alice, broken, caplog):
    broken(RuntimeError(SECRET))
    response = alice.post(ME, HTTP_X_REQUEST_ID="find-me")
    assert (response.status_code, response["Content-Type"]) == (503, "application/json; charset=utf-8")
    (error,) = response.json()["errors"]
    assert error["message"] == "Internal server error"
    assert error["extensions"] == {"code": "INTERNAL_SERVER_ERROR", "requestId": "find-me"}
    assert "Retry-After" not in response
    assert SECRET not in response.content.decode()
    assert any(record.exc_info and str(record.exc_info[1]) == SECRET for record in caplog.records)


@pytest.mark.parametrize("error", [OperationalError(SECRET), InterfaceError(SECRET)])
def test_without_its_database_the_server_says_when_to_try_again(alice, broken, error):
    broken(error)
    response = alice.post(ME)
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert response.json()["errors"][0]["extensions"] == {"code": "UNAVAILABLE"}
    assert SECRET not in response.content.decode()


def test_the_request_log_has_the_code(alice, broken, log):
    broken(OperationalError(SECRET))
    alice.post(ME)
    assert (log.entries()[-1]["status"], log.entries()[-1]["errors"]) == (503, ["UNAVAILABLE"])


@pytest.mark.row(35)
def test_what_was_asked_is_not_logged_with_a_fault(alice, broken, log):
    broken(RuntimeError(SECRET))
    alice.client.get("/graphql", {"query": '{ user(username: "canary") { id } }'}, HTTP_AUTHORIZATION="Bearer x")
    assert [entry["event"] for entry in log.entries()][1:] == ["Service Unavailable: /graphql", "request"]
    assert "canary" not in log.getvalue()


def test_elsewhere_a_fault_is_djangos_own_page(client, monkeypatch):
    def fail(*_):
        raise RuntimeError(SECRET)

    monkeypatch.setattr("config.middleware.health.ask_database", lambda: None)
    monkeypatch.setattr("config.middleware.health.answer", fail)
    client.raise_request_exception = False
    response = client.get("/health/live")
    assert response.status_code == 500
    assert SECRET not in response.content.decode()
