"""changePassword."""

import pytest

from accounts.models import User
from tests.conftest import PASSWORD, Door, join, sign_in
from tests.operations import ERRORS, ME, REFRESH_TOKEN, TOKEN_AUTH, refusals

CHANGE = (
    f"mutation($input: ChangePasswordInput!) {{ changePassword(input: $input) {{ user {{ username }} {ERRORS} }} }}"
)
NEW = "another fine battery"


def change(door: Door, current: str = PASSWORD, new: str = NEW):
    return door.ask(CHANGE, input={"currentPassword": current, "newPassword": new})["changePassword"]


def log_in(password: str):
    return Door().ask(TOKEN_AUTH, input={"username": "alice", "password": password})["tokenAuth"]


def test_the_new_password_works_and_the_old_one_does_not(alice):
    assert change(alice) == {"user": {"username": "alice"}, "errors": []}
    assert log_in(NEW)["token"]
    assert [code for code, _ in refusals(log_in(PASSWORD))] == ["INVALID_CREDENTIALS"]


@pytest.mark.row(28)
def test_every_other_session_ends_and_this_one_goes_on(alice):
    other, tokens = sign_in(alice.person), log_in(PASSWORD)
    change(alice)
    assert alice.ask(ME)["me"]["username"] == "alice"
    assert other.refused(ME) == "UNAUTHENTICATED"
    refreshed = Door().ask(REFRESH_TOKEN, input={"refreshToken": tokens["refreshToken"]})["refreshToken"]
    assert [code for code, _ in refusals(refreshed)] == ["TOKEN_INVALID"]


def test_other_peoples_sessions_go_on(alice, bob):
    change(alice)
    assert bob.ask(ME)["me"]["username"] == "bob"


@pytest.mark.parametrize("wrong", ["", "wrong", PASSWORD.upper(), "x" * 10_000])
def test_without_the_current_password_nothing_changes(alice, wrong):
    other = sign_in(alice.person)
    assert refusals(change(alice, wrong)) == [("INVALID_CREDENTIALS", "currentPassword")]
    assert log_in(PASSWORD)["token"]
    assert other.ask(ME)["me"]


@pytest.mark.parametrize("weak", ["", "short", "12345678901", "password", "alice@example.com", "alice123", "x" * 1_001])
def test_a_weak_password_is_refused(alice, weak):
    refused = refusals(change(alice, new=weak))
    assert refused
    assert set(refused) == {("BAD_USER_INPUT", "newPassword")}
    assert log_in(PASSWORD)["token"]


def test_nobody_changes_it_without_signing_in(anyone, db):
    assert anyone.refused(CHANGE, input={"currentPassword": PASSWORD, "newPassword": NEW}) == "UNAUTHENTICATED"


def test_neither_password_is_stored_or_answered(alice):
    answer = alice.post(CHANGE, {"input": {"currentPassword": PASSWORD, "newPassword": NEW}}).content.decode()
    assert NEW not in answer
    assert NEW not in User.objects.get(username="alice").password


def test_a_disabled_person_changes_nothing(alice):
    join("eve")
    User.objects.filter(username="alice").update(is_active=False)
    assert alice.refused(CHANGE, input={"currentPassword": PASSWORD, "newPassword": NEW}) == "UNAUTHENTICATED"
