"""tokenAuth: signing in by name and password."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth.hashers import MD5PasswordHasher
from django.utils import timezone

from accounts.models import Session, User
from accounts.services import change_password
from tests.conftest import PASSWORD, Door, join
from tests.operations import ME, TOKEN_AUTH, refusals

pytestmark = pytest.mark.django_db


def log_in(door: Door, username: str, password: str = PASSWORD, **fields):
    return door.ask(TOKEN_AUTH, input={"username": username, "password": password, **fields})["tokenAuth"]


@pytest.fixture
def dora() -> User:
    return join("dora")


@pytest.mark.parametrize("name", ["dora", "DORA", "Dora", "dora@example.com", "Dora@Example.COM"])
def test_a_person_signs_in_by_username_or_email_in_any_case(anyone, dora, name):
    payload = log_in(anyone, name)
    assert payload["errors"] == []
    assert Door(token=payload["token"]).ask(ME)["me"]["username"] == "dora"


def test_every_log_in_is_a_session_of_its_own(anyone, dora):
    log_in(anyone, "dora", device="phone")
    log_in(anyone, "dora", device="laptop")
    assert {session.device for session in dora.sessions.all()} == {"phone", "laptop"}


def test_who_logs_in_while_the_password_is_changed_is_not_let_in_by_the_old_one(anyone, dora, monkeypatch):
    verify = MD5PasswordHasher.verify

    def changed_meanwhile(hasher, password, encoded):
        monkeypatch.undo()
        is_right = verify(hasher, password, encoded)
        change_password(viewer=User.objects.get(), current_password=PASSWORD, new_password="a horse of another battery")
        return is_right

    monkeypatch.setattr(MD5PasswordHasher, "verify", changed_meanwhile)
    assert refusals(log_in(anyone, "dora")) == [("INVALID_CREDENTIALS", None)]
    assert not Session.objects.exists()


def test_the_session_knows_the_address_it_came_from(anyone, dora):
    anyone.post(TOKEN_AUTH, {"input": {"username": "dora", "password": PASSWORD}}, REMOTE_ADDR="192.0.2.7")
    assert Session.objects.get().ip_address == "192.0.2.7"


def test_signing_in_is_noted(anyone, dora):
    log_in(anyone, "dora")
    dora.refresh_from_db()
    assert dora.last_login is not None


def test_a_wrong_password_is_refused(anyone, dora):
    assert [code for code, _ in refusals(log_in(anyone, "dora", "wrong horse battery"))] == ["INVALID_CREDENTIALS"]


@pytest.mark.row(26)
def test_unknown_name_wrong_password_and_disabled_person_get_the_same_bytes(anyone, dora):
    join("eve", is_active=False)
    attempts = [
        ("nobody", PASSWORD),
        ("nobody@example.com", PASSWORD),
        ("dora", "wrong"),
        ("dora@example.com", "wrong"),
        ("dora", ""),
        ("", ""),
        ("eve", PASSWORD),
        ("eve", "wrong"),
        ("eve@example.com", PASSWORD),
    ]
    answers = {
        anyone.post(TOKEN_AUTH, {"input": {"username": name, "password": word}}).content for name, word in attempts
    }
    assert len(answers) == 1


def test_a_refused_log_in_leaves_no_session(anyone, dora):
    log_in(anyone, "dora", "wrong")
    assert not Session.objects.exists()


@pytest.mark.row(26)
@pytest.mark.parametrize("name", ["dora", "dora@example.com", "nobody", "nobody@example.com", "eve", "invited"])
@pytest.mark.parametrize("password", [PASSWORD, "wrong"])
def test_the_password_is_hashed_exactly_once_for_known_and_unknown_names(anyone, dora, monkeypatch, name, password):
    join("eve", is_active=False)
    User.objects.create_user("invited", "invited@example.com", None)
    assert settings.PASSWORD_HASHERS == ["django.contrib.auth.hashers.MD5PasswordHasher"]
    hashed = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(
        MD5PasswordHasher, "encode", lambda self, word, salt: hashed.append(word) or encode(self, word, salt)
    )
    log_in(anyone, name, password)
    assert len(hashed) == 1


@pytest.mark.parametrize("device", ["d" * 101, "phone\r\n", "phone\u202e"])
def test_a_wrong_device_is_refused(anyone, dora, device):
    assert refusals(log_in(anyone, "dora", device=device)) == [("BAD_USER_INPUT", "device")]
    assert not Session.objects.exists()


@pytest.mark.row(30)
@pytest.mark.parametrize("name", ["%", "d_ra", "dora' OR '1'='1", "dora--", "d" * 10_000, "dora\u202e", "@", "dora@"])
def test_a_name_is_compared_literally(anyone, dora, name):
    assert [code for code, _ in refusals(log_in(anyone, name))] == ["INVALID_CREDENTIALS"]


def test_the_person_sees_their_private_fields_in_the_answer(anyone, dora):
    document = TOKEN_AUTH.replace("{ id username }", "{ email }")
    answer = anyone.post(document, {"input": {"username": "dora", "password": PASSWORD}}).json()
    assert "errors" not in answer
    assert answer["data"]["tokenAuth"]["user"] == {"email": "dora@example.com"}


def test_signing_in_as_another_while_signed_in_shows_the_other(alice, dora):
    document = TOKEN_AUTH.replace("{ id username }", "{ email }")
    answer = alice.post(document, {"input": {"username": "dora", "password": PASSWORD}}).json()
    assert answer["data"]["tokenAuth"]["user"] == {"email": "dora@example.com"}


def test_the_51st_session_ends_the_oldest(anyone, dora):
    first, second = Door(token=log_in(anyone, "dora")["token"]), Door(token=log_in(anyone, "dora")["token"])
    ends = timezone.now() + timedelta(days=30)
    Session.objects.bulk_create([Session(user=dora, expires_at=ends) for _ in range(48)])
    assert first.ask(ME)["me"]["username"] == "dora"
    log_in(anyone, "dora")
    assert first.refused(ME) == "UNAUTHENTICATED"
    assert second.ask(ME)["me"]["username"] == "dora"
    assert dora.sessions.filter(revoked_at=None).count() == 50
