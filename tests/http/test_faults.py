"""A bug of ours is masked: the client gets an id that finds it in the log, and nothing of its text."""

import logging

import pytest

from schema import lists
from tests.operations import USERS

SECRET = "the text of an exception that nobody outside may read"


@pytest.fixture
def bug(monkeypatch) -> None:
    def people_for(viewer):
        raise RuntimeError(SECRET)

    monkeypatch.setattr(lists, "people_for", people_for)


def test_an_unforeseen_exception_is_masked(alice, bug):
    response = alice.post(USERS, HTTP_X_REQUEST_ID="find-me")
    (error,) = response.json()["errors"]
    assert response.status_code == 200
    assert error["message"] == "Internal server error"
    assert error["extensions"] == {"code": "INTERNAL_SERVER_ERROR", "requestId": "find-me"}
    assert SECRET not in response.content.decode()


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
