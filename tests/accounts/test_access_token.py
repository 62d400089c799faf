"""Access tokens: what they say, and every way in which one is refused (security.md, 28)."""

import base64
import json
import time
from datetime import timedelta

import jwt
import pytest
from django.conf import settings
from django.utils import timezone

from accounts.models import User
from tests.conftest import PASSWORD, Door, join, sign_in
from tests.operations import ME, REFRESH_TOKEN, REGISTER, REVOKE_TOKEN, TOKEN_AUTH, USERS, VERIFY_TOKEN, refusals

KEY = settings.JWT_SECRET_KEY


def claims_of(token: str) -> dict:
    return jwt.decode(token, options={"verify_signature": False})


def forged(token: str, key: str = KEY, algorithm: str = "HS256", without: str = "", **changes) -> str:
    """A token that says what this one says, but for the changes."""
    claims = {name: value for name, value in {**claims_of(token), **changes}.items() if name != without}
    return jwt.encode(claims, key, algorithm=algorithm)


def unsigned(token: str, **header) -> str:
    """A token without a signature, as `alg: none` would have it."""
    head = base64.urlsafe_b64encode(json.dumps({"typ": "JWT", **header}).encode()).decode().rstrip("=")
    return f"{head}.{token.split('.')[1]}."


def tampered(token: str) -> str:
    """Other claims under the old signature."""
    head, _, signature = token.split(".")
    return ".".join([head, forged(token, sub="1").split(".")[1] + "AA", signature])


BAD_TOKENS = {
    "expired": lambda token: forged(token, exp=int(time.time()) - 1),
    "without exp": lambda token: forged(token, without="exp"),
    "without sid": lambda token: forged(token, without="sid"),
    "without jti": lambda token: forged(token, without="jti"),
    "without sub": lambda token: forged(token, without="sub"),
    "without iat": lambda token: forged(token, without="iat"),
    "without iss": lambda token: forged(token, without="iss"),
    "without aud": lambda token: forged(token, without="aud"),
    "null exp": lambda token: forged(token, exp=None),
    "null sid": lambda token: forged(token, sid=None),
    "list as sid": lambda token: forged(token, sid=["1"]),
    "endless sid": lambda token: forged(token, sid="9" * 30),
    "words as sub": lambda token: forged(token, sub="alice"),
    "another's sub": lambda token: forged(token, sub=str(int(claims_of(token)["sub"]) + 1)),
    "unknown sid": lambda token: forged(token, sid=str(int(claims_of(token)["sid"]) + 1)),
    "alg none": lambda token: unsigned(token, alg="none"),
    "alg None": lambda token: unsigned(token, alg="None"),
    "no alg": unsigned,
    "alg list": lambda token: unsigned(token, alg=["HS256"]),
    "alg HS256 without signature": lambda token: unsigned(token, alg="HS256"),
    "alg HS384": lambda token: forged(token, algorithm="HS384"),
    "wrong key": lambda token: forged(token, key="somebody else's key, as long as it need be"),
    "the other key": lambda token: forged(token, key=settings.SECRET_KEY),
    "wrong aud": lambda token: forged(token, aud="elsewhere"),
    "wrong iss": lambda token: forged(token, iss="elsewhere"),
    "tampered": tampered,
    "20 kB": lambda token: forged(token, padding="x" * 20_000),
    "20 kB of anything": lambda _: "x" * 20_000,
    "cut short": lambda token: token[:-1],
    "with something after": lambda token: f"{token} {token}",
    "empty": lambda _: "",
    "garbage": lambda _: "garbage",
    "dots": lambda _: "..",
    "undefined": lambda _: "undefined",
    "not ASCII": lambda _: "é.ü.ñ",
    "bytes": lambda _: "\x00\x01\x7f",
    "deep header": lambda _: base64.urlsafe_b64encode(b"[" * 1_500).decode().rstrip("=") + ".e30.e30",
}
bad_token = pytest.mark.parametrize("spoil", BAD_TOKENS.values(), ids=BAD_TOKENS)


def test_a_real_token_says_these_seven_things_and_no_more(alice):
    claims = claims_of(alice.token)
    assert claims.keys() == {"sub", "sid", "jti", "iat", "exp", "iss", "aud"}
    assert claims["sub"] == str(alice.person.pk)
    assert claims["exp"] - claims["iat"] == 3600
    assert jwt.get_unverified_header(alice.token) == {"alg": "HS256", "typ": "JWT"}


def test_no_two_tokens_have_the_same_jti(alice):
    assert claims_of(alice.token)["jti"] != claims_of(sign_in(alice.person).token)["jti"]


def test_what_the_forger_leaves_as_it_was_is_accepted(alice):
    assert Door(token=forged(alice.token)).ask(ME)["me"]["username"] == "alice"


@pytest.mark.row(28)
@bad_token
def test_a_bad_token_is_unauthenticated_in_users(alice, spoil):
    assert Door(token=spoil(alice.token) or " ").refused(USERS) == "UNAUTHENTICATED"


@pytest.mark.row(28)
@bad_token
def test_a_bad_token_is_unauthenticated_in_me_and_never_signed_out(alice, spoil):
    answer = Door(token=spoil(alice.token) or " ").post(ME).json()
    assert answer["data"] == {"me": None}
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["UNAUTHENTICATED"]


@bad_token
def test_a_bad_token_is_not_valid(alice, anyone, spoil):
    token = spoil(alice.token).replace("\x00", "")
    payload = anyone.ask(VERIFY_TOKEN, input={"token": token})["verifyToken"]
    assert refusals(payload) in ([("TOKEN_INVALID", None)], [("TOKEN_EXPIRED", None)])


@pytest.mark.parametrize("spoil", ["expired", "without exp", "garbage", "20 kB", "wrong key"])
def test_a_bad_token_does_no_harm_to_the_public_mutations(alice, spoil):
    door = Door(token=BAD_TOKENS[spoil](alice.token))
    new = {"username": "dora", "email": "dora@example.com", "password": PASSWORD}
    assert door.ask(REGISTER, input=new)["register"]["errors"] == []
    signed_in = door.ask(TOKEN_AUTH, input={"username": "alice", "password": PASSWORD})["tokenAuth"]
    assert signed_in["errors"] == []
    refreshed = door.ask(REFRESH_TOKEN, input={"refreshToken": signed_in["refreshToken"]})["refreshToken"]
    assert refreshed["errors"] == []
    assert door.ask(VERIFY_TOKEN, input={"token": refreshed["token"]})["verifyToken"]["isValid"] is True
    assert door.ask(REVOKE_TOKEN, input={"refreshToken": refreshed["refreshToken"]})["revokeToken"]["errors"] == []


@pytest.mark.parametrize("scheme", ["Basic", "JWT", "Token", "Bearer:", "bearerer"])
def test_a_good_token_under_another_scheme_is_unauthenticated(alice, scheme):
    answer = alice.post(USERS, HTTP_AUTHORIZATION=f"{scheme} {alice.token}").json()
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["UNAUTHENTICATED"]


def test_the_scheme_is_read_in_any_case(alice):
    assert "errors" not in alice.post(ME, HTTP_AUTHORIZATION=f"bEARER {alice.token}").json()


def test_a_token_in_a_cookie_or_in_the_address_is_not_looked_at(alice, client):
    client.cookies["JWT"] = alice.token
    answer = client.get("/graphql", {"query": "{ me { id } }", "token": alice.token, "access_token": alice.token})
    assert answer.json() == {"data": {"me": None}}


@pytest.mark.row(28)
def test_a_token_ends_after_an_hour(alice, time_machine):
    before = timezone.now()
    time_machine.move_to(before + timedelta(minutes=59, seconds=58), tick=False)
    assert alice.ask(ME)["me"]["username"] == "alice"
    time_machine.move_to(before + timedelta(minutes=60, seconds=1), tick=False)
    assert alice.refused(ME) == "UNAUTHENTICATED"
    assert alice.refused(USERS) == "UNAUTHENTICATED"


@pytest.mark.row(56)
def test_nobody_is_signed_out_when_the_clock_steps_back(alice, time_machine):
    time_machine.move_to(timezone.now() - timedelta(hours=1), tick=False)
    assert alice.ask(ME)["me"]["username"] == "alice"


def test_the_answer_says_when_the_token_ends(anyone, alice):
    payload = anyone.ask(TOKEN_AUTH, input={"username": "alice", "password": PASSWORD})["tokenAuth"]
    ends = claims_of(payload["token"])["exp"]
    assert timezone.datetime.fromisoformat(payload["expiresAt"]).timestamp() == ends


def test_a_token_never_outlives_its_session(db, settings):
    settings.SESSION_LIFETIME = timedelta(minutes=5)
    claims = claims_of(sign_in(join("dora")).token)
    assert claims["exp"] - claims["iat"] <= 300


@pytest.mark.row(28)
def test_after_a_rename_the_old_token_is_still_alices(alice):
    User.objects.filter(pk=alice.person.pk).update(username="alice-adams", email="adams@example.com")
    impostor = join("alice")
    assert alice.ask(ME)["me"]["username"] == "alice-adams"
    assert sign_in(impostor).ask(ME)["me"]["username"] == "alice"


@pytest.mark.row(28)
def test_a_disabled_person_is_refused_on_the_next_request(alice):
    User.objects.filter(pk=alice.person.pk).update(is_active=False)
    assert alice.refused(ME) == "UNAUTHENTICATED"
    assert alice.refused(USERS) == "UNAUTHENTICATED"


def test_a_deleted_person_is_refused_on_the_next_request(alice):
    alice.person.delete()
    assert alice.refused(USERS) == "UNAUTHENTICATED"


@pytest.mark.row(28)
def test_after_log_out_the_access_token_is_refused(alice, anyone):
    signed_in = anyone.ask(TOKEN_AUTH, input={"username": "alice", "password": PASSWORD})["tokenAuth"]
    anyone.ask(REVOKE_TOKEN, input={"refreshToken": signed_in["refreshToken"]})
    assert Door(token=signed_in["token"]).refused(ME) == "UNAUTHENTICATED"
    assert Door(token=signed_in["token"]).refused(USERS) == "UNAUTHENTICATED"


def test_a_bad_token_is_not_made_good_by_a_session_cookie(alice, client):
    client.force_login(alice.person)
    assert Door(token="garbage", client=client).refused(ME) == "UNAUTHENTICATED"


def test_the_refusal_does_not_repeat_the_token(alice):
    token = BAD_TOKENS["wrong key"](alice.token)
    assert token not in Door(token=token).post(USERS).content.decode()
