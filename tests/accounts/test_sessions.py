"""sessions, revokeSession, revokeAllSessions."""

import base64

import pytest

from accounts.models import Session, User
from tests.conftest import PASSWORD, Door, sign_in
from tests.operations import ERRORS, ME, TOKEN_AUTH, refusals

SESSIONS = "{ me { sessions { id device ipAddress createdAt lastUsedAt expiresAt isCurrent } } }"
REVOKE = f"mutation($input: RevokeSessionInput!) {{ revokeSession(input: $input) {{ revokedSessionIds {ERRORS} }} }}"
REVOKE_ALL = f"""mutation($input: RevokeAllSessionsInput!) {{
  revokeAllSessions(input: $input) {{ revokedSessionIds {ERRORS} }} }}"""


def sessions(door: Door) -> list[dict]:
    return door.ask(SESSIONS)["me"]["sessions"]


def revoke(door: Door, session_id: str):
    return door.ask(REVOKE, input={"sessionId": session_id})["revokeSession"]


def global_id(name: str, key: int) -> str:
    return base64.b64encode(f"{name}:{key}".encode()).decode()


def test_every_device_is_listed_and_one_is_this(alice):
    phone = Door()
    given = {"username": "alice", "password": PASSWORD, "device": "phone"}
    phone.token = phone.ask(TOKEN_AUTH, input=given)["tokenAuth"]["token"]
    (newest, first) = sessions(alice)
    assert (newest["device"], newest["isCurrent"], newest["ipAddress"]) == ("phone", False, "127.0.0.1")
    assert (first["device"], first["isCurrent"]) == ("", True)
    assert [one["isCurrent"] for one in sessions(phone)] == [True, False]


@pytest.mark.row(28)
def test_one_device_is_signed_out(alice):
    other = sign_in(alice.person)
    (gone,) = [one["id"] for one in sessions(alice) if not one["isCurrent"]]
    assert revoke(alice, gone) == {"revokedSessionIds": [gone], "errors": []}
    assert other.refused(ME) == "UNAUTHENTICATED"
    assert [one["isCurrent"] for one in sessions(alice)] == [True]
    assert refusals(revoke(alice, gone)) == [("NOT_FOUND", "sessionId")]


def test_what_was_shown_before_a_change_is_not_shown_after_it(alice):
    sign_in(alice.person)
    data = alice.ask("""mutation {
      before: updateProfile(input: {}) { user { sessions { id } } }
      revokeAllSessions(input: {}) { errors { code } }
      after: updateProfile(input: {}) { user { sessions { isCurrent } } }
    }""")
    assert len(data["before"]["user"]["sessions"]) == 2
    assert data["after"]["user"]["sessions"] == [{"isCurrent": True}]


def test_this_device_may_sign_itself_out(alice):
    (mine,) = sessions(alice)
    assert revoke(alice, mine["id"])["revokedSessionIds"] == [mine["id"]]
    assert alice.refused(ME) == "UNAUTHENTICATED"


def test_the_session_of_another_is_not_there(alice, charlie):
    (theirs,) = sessions(alice)
    User.objects.filter(username="charlie").update(is_staff=True)
    assert refusals(revoke(charlie, theirs["id"])) == [("NOT_FOUND", "sessionId")]
    assert alice.ask(ME)["me"]


@pytest.mark.parametrize("bad", ["", "garbage", "é", global_id("User", 1), global_id("Session", 2**62)])
def test_a_bad_id_is_no_session(alice, bad):
    assert refusals(revoke(alice, bad)) == [("NOT_FOUND", "sessionId")]


@pytest.mark.parametrize("given", [{}, {"exceptCurrent": True}])
def test_all_but_this_are_signed_out(alice, bob, given):
    others = [sign_in(alice.person) for _ in range(2)]
    payload = alice.ask(REVOKE_ALL, input=given)["revokeAllSessions"]
    assert (len(payload["revokedSessionIds"]), payload["errors"]) == (2, [])
    assert [door.refused(ME) for door in others] == ["UNAUTHENTICATED"] * 2
    assert alice.ask(ME)["me"]
    assert bob.ask(ME)["me"]
    assert alice.ask(REVOKE_ALL, input=given)["revokeAllSessions"]["revokedSessionIds"] == []


@pytest.mark.row(28)
def test_all_are_signed_out(alice, bob):
    other = sign_in(alice.person)
    assert len(alice.ask(REVOKE_ALL, input={"exceptCurrent": False})["revokeAllSessions"]["revokedSessionIds"]) == 2
    assert alice.refused(ME) == other.refused(ME) == "UNAUTHENTICATED"
    assert bob.ask(ME)["me"]


def test_ended_sessions_are_not_listed(alice):
    sign_in(alice.person)
    Session.objects.exclude(pk=Session.objects.earliest("pk").pk).update(expires_at="2020-01-01T00:00:00Z")
    assert [one["isCurrent"] for one in sessions(alice)] == [True]


@pytest.mark.row(24)
def test_others_see_no_sessions_and_staff_do(alice, charlie):
    query = 'query { user(username: "alice") { sessions { id } } }'
    assert charlie.ask(query)["user"]["sessions"] is None
    User.objects.filter(username="charlie").update(is_staff=True)
    assert len(charlie.ask(query)["user"]["sessions"]) == 1


@pytest.mark.parametrize("query", [SESSIONS.replace("me", 'user(username: "x")'), REVOKE, REVOKE_ALL])
def test_nobody_asks_without_signing_in(anyone, db, query):
    variables = {"input": {"sessionId": "x"}} if query == REVOKE else {"input": {}} if query == REVOKE_ALL else {}
    assert anyone.refused(query, **variables) == "UNAUTHENTICATED"
