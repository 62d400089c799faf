"""verifyToken says what an access token is worth; revokeToken signs a session out."""

import base64
from datetime import timedelta

import jwt
import pytest
from django.utils import timezone

from accounts.models import User
from tests.conftest import PASSWORD, Door
from tests.operations import ME, REFRESH_TOKEN, REVOKE_TOKEN, TOKEN_AUTH, VERIFY_TOKEN, refusals


@pytest.fixture
def phone(alice, anyone) -> dict:
    """The tokens of another session of alice's."""
    return anyone.ask(TOKEN_AUTH, input={"username": "alice", "password": PASSWORD})["tokenAuth"]


def verify(token: str, door: Door | None = None):
    return (door or Door()).ask(VERIFY_TOKEN, input={"token": token})["verifyToken"]


def revoke(refresh_token: str, door: Door | None = None):
    return (door or Door()).ask(REVOKE_TOKEN, input={"refreshToken": refresh_token})["revokeToken"]


def refresh(refresh_token: str):
    return Door().ask(REFRESH_TOKEN, input={"refreshToken": refresh_token})["refreshToken"]


def test_a_good_token_is_valid_and_says_whose_it_is_and_until_when(phone):
    payload = verify(phone["token"])
    assert payload == {"isValid": True, "expiresAt": phone["expiresAt"], "user": phone["user"], "errors": []}


def test_an_expired_token_is_called_expired(phone, time_machine):
    time_machine.move_to(timezone.now() + timedelta(hours=1, seconds=1), tick=False)
    assert refusals(verify(phone["token"])) == [("TOKEN_EXPIRED", None)]


@pytest.mark.parametrize("token", ["", "garbage", "a.b.c", "x" * 20_000, "🦊.🦊.🦊"])
def test_what_is_no_token_is_called_invalid(anyone, db, token):
    assert refusals(verify(token)) == [("TOKEN_INVALID", None)]


def test_a_refresh_token_is_no_access_token(phone):
    assert refusals(verify(phone["refreshToken"])) == [("TOKEN_INVALID", None)]


def test_the_token_of_a_disabled_person_is_invalid(phone):
    User.objects.update(is_active=False)
    assert refusals(verify(phone["token"])) == [("TOKEN_INVALID", None)]


def test_the_token_of_a_signed_out_session_is_invalid(phone):
    revoke(phone["refreshToken"])
    assert refusals(verify(phone["token"])) == [("TOKEN_INVALID", None)]


def test_verifying_a_token_as_nobody_is_answered_whatever_is_selected(phone, anyone):
    document = VERIFY_TOKEN.replace("{ id username }", "{ username email phoneNumber isEmailVerified }")
    assert "errors" not in anyone.post(document, {"input": {"token": phone["token"]}}).json()


def test_signing_out_ends_the_session_at_once(phone):
    payload = revoke(phone["refreshToken"])
    assert payload["errors"] == []
    assert Door(token=phone["token"]).refused(ME) == "UNAUTHENTICATED"
    assert refusals(refresh(phone["refreshToken"])) == [("TOKEN_INVALID", None)]


def test_signing_out_names_the_session_that_ended(phone):
    (session_id,) = revoke(phone["refreshToken"])["revokedSessionIds"]
    sid = jwt.decode(phone["token"], options={"verify_signature": False})["sid"]
    assert base64.b64decode(session_id).decode() == f"Session:{sid}"


def test_signing_out_leaves_the_other_sessions_alone(phone, alice):
    revoke(phone["refreshToken"])
    assert alice.ask(ME)["me"]["username"] == "alice"


def test_a_rotated_token_can_still_sign_its_session_out(phone):
    renewed = refresh(phone["refreshToken"])
    assert revoke(phone["refreshToken"])["errors"] == []
    assert Door(token=renewed["token"]).refused(ME) == "UNAUTHENTICATED"


def test_signing_out_twice_is_refused(phone):
    revoke(phone["refreshToken"])
    assert refusals(revoke(phone["refreshToken"])) == [("TOKEN_INVALID", None)]


@pytest.mark.parametrize("token", ["", "garbage", "x" * 20_000])
def test_signing_out_with_an_unknown_token_is_refused(anyone, db, token):
    assert refusals(revoke(token)) == [("TOKEN_INVALID", None)]


def test_signing_out_works_with_an_access_token_that_has_expired(phone):
    assert revoke(phone["refreshToken"], Door(token="expired"))["errors"] == []
