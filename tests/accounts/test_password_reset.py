"""requestPasswordReset and resetPassword."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.models import EmailToken, User
from tests.accounts.letters import NEW, OK, newest_token, request_reset, reset, reset_for, verification_for
from tests.conftest import PASSWORD, Door, sign_in
from tests.messaging.operations import statements
from tests.operations import ERRORS, ME, REFRESH_TOKEN, TOKEN_AUTH, refusals
from tests.races import at_once, on_postgresql

UPDATE = f"mutation($input: UpdateProfileInput!) {{ updateProfile(input: $input) {{ user {{ username }} {ERRORS} }} }}"
CHANGE = (
    f"mutation($input: ChangePasswordInput!) {{ changePassword(input: $input) {{ user {{ username }} {ERRORS} }} }}"
)


def log_in(password: str = PASSWORD, name: str = "alice"):
    return Door().ask(TOKEN_AUTH, input={"username": name, "password": password})["tokenAuth"]


def codes(payload) -> list[str]:
    return [one["code"] for one in payload["errors"]]


def test_the_letter_sets_a_new_password(alice, anyone):
    assert reset(anyone, reset_for(alice)) == OK
    assert log_in(NEW)["token"]
    assert codes(log_in(PASSWORD)) == ["INVALID_CREDENTIALS"]


@pytest.mark.parametrize("email", ["ALICE@Example.com", " alice@example.com "])
def test_the_address_in_any_case(alice, anyone, email):
    request_reset(anyone, email)
    assert mail.outbox[-1].to == ["alice@example.com"]


@pytest.mark.row(28)
def test_every_session_ends(alice, anyone):
    other, tokens = sign_in(alice.person), log_in()
    reset(anyone, reset_for(alice))
    assert alice.refused(ME) == other.refused(ME) == "UNAUTHENTICATED"
    refreshed = anyone.ask(REFRESH_TOKEN, input={"refreshToken": tokens["refreshToken"]})["refreshToken"]
    assert codes(refreshed) == ["TOKEN_INVALID"]


def test_a_session_by_cookie_ends_too(alice, anyone):
    browser = Door()
    browser.client.force_login(alice.person, backend="accounts.passwords.PasswordBackend")
    assert browser.ask(ME)["me"]
    reset(anyone, reset_for(alice))
    assert browser.ask(ME)["me"] is None


def test_other_peoples_sessions_go_on(alice, bob, anyone):
    reset(anyone, reset_for(alice))
    assert bob.ask(ME)["me"]["username"] == "bob"


def test_it_ends_a_lock_out(alice, anyone, settings):
    settings.LOGIN_FAILURES = "3/15m"
    for _ in range(3):
        log_in("wrong")
    assert codes(log_in()) == ["RATE_LIMITED"]
    reset(anyone, reset_for(alice))
    assert log_in(NEW)["token"]


def test_another_persons_lock_out_stays(alice, bob, anyone, settings):
    settings.LOGIN_FAILURES = "3/15m"
    for _ in range(3):
        log_in("wrong", "bob")
    reset(anyone, reset_for(alice))
    assert codes(log_in(name="bob")) == ["RATE_LIMITED"]


# ── whether an address is known ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("email", ["nobody@example.com", "", "alice", "x" * 10_000, "alice@example.com\nBcc: x"])
def test_the_answer_is_the_same_for_an_address_that_nobody_has(alice, anyone, email):
    known = request_reset(anyone)
    mail.outbox.clear()
    assert request_reset(anyone, email) == known == {"ok": True, "id": None, "errors": []}
    assert mail.outbox == []


def test_in_the_background_the_work_is_the_same_too(alice, anyone, settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    query = "mutation($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) { ok } }"
    known = statements(anyone, query, input={"email": "alice@example.com"})
    unknown = statements(anyone, query, input={"email": "nobody@example.com"})
    assert [sql.split()[0] for sql in known] == [sql.split()[0] for sql in unknown] == ["SELECT", "INSERT"]
    assert DBTaskResult.objects.count() == 2


def test_a_disabled_person_gets_no_letter_and_the_same_answer(alice, anyone):
    User.objects.update(is_active=False)
    assert request_reset(anyone)["ok"]
    assert mail.outbox == []


def test_after_five_letters_in_an_hour_no_more_are_sent_and_the_answer_is_the_same(alice, anyone):
    for _ in range(7):
        assert request_reset(anyone) == {"ok": True, "id": None, "errors": []}
    assert len(mail.outbox) == 5
    assert reset(anyone, newest_token()) == OK


def test_letters_are_counted_for_an_address_by_the_guard(anyone, db, settings):
    settings.RATE_LIMITS, settings.REDIS_URL = "register=2/1h", ""
    query = 'mutation { requestPasswordReset(input: {email: "x@example.com"}) { ok } }'
    assert [anyone.post(query).status_code for _ in range(3)] == [200, 200, 429]


# ── what is refused ──────────────────────────────────────────────────────────────────────────────────────────────────


def unchanged(door: Door) -> bool:
    """Whether the password is what it was, and everybody is still signed in."""
    return bool(door.ask(ME)["me"] and log_in()["token"])


@pytest.mark.parametrize("weak", ["", "short", "12345678901", "password", "alice@example.com", "x" * 1_001])
def test_a_weak_password_leaves_the_token_good(alice, anyone, weak):
    token = reset_for(alice)
    assert set(refusals(reset(anyone, token, weak))) == {("BAD_USER_INPUT", "newPassword")}
    assert unchanged(alice)
    assert reset(anyone, token) == OK


@pytest.mark.parametrize("wrong", ["", "x", "x" * 43, "€"])
def test_what_is_no_token(alice, anyone, wrong):
    reset_for(alice)
    assert refusals(reset(anyone, wrong)) == [("TOKEN_INVALID", None)]
    assert unchanged(alice)


def test_used_twice(alice, anyone):
    token = reset_for(alice)
    reset(anyone, token)
    assert refusals(reset(anyone, token, "yet another battery")) == [("TOKEN_REUSED", None)]
    assert log_in(NEW)["token"]


@pytest.mark.parametrize(("minutes", "code"), [(59, None), (61, "TOKEN_EXPIRED")])
def test_it_is_good_for_an_hour(alice, anyone, time_machine, minutes, code):
    token = reset_for(alice)
    time_machine.move_to(timezone.now() + timedelta(minutes=minutes))
    assert codes(reset(anyone, token)) == ([code] if code else [])
    assert log_in(PASSWORD if code else NEW)["token"]


def test_of_another_purpose(alice, anyone):
    assert refusals(reset(anyone, verification_for(alice))) == [("TOKEN_INVALID", None)]
    assert unchanged(alice)


def test_of_somebody_else(alice, bob):
    assert refusals(reset(bob, reset_for(alice))) == [("TOKEN_INVALID", None)]
    assert unchanged(alice)


def test_a_newer_letter_ends_the_older(alice, anyone):
    older = reset_for(alice)
    reset_for(alice)
    assert refusals(reset(anyone, older)) == [("TOKEN_INVALID", None)]
    assert unchanged(alice)


def test_of_an_address_that_is_the_persons_no_more(alice, anyone):
    token = reset_for(alice)
    alice.ask(UPDATE, input={"email": "new@example.com"})
    assert refusals(reset(anyone, token)) == [("TOKEN_INVALID", None)]
    assert unchanged(alice)


def test_whoever_changes_the_password_ends_what_letters_are_under_way(alice, anyone):
    token = reset_for(alice)
    alice.ask(CHANGE, input={"currentPassword": PASSWORD, "newPassword": NEW})
    assert refusals(reset(anyone, token, "yet another battery")) == [("TOKEN_INVALID", None)]
    assert log_in(NEW)["token"]


def test_of_a_disabled_person(alice, anyone):
    token = reset_for(alice)
    User.objects.update(is_active=False)
    assert refusals(reset(anyone, token)) == [("TOKEN_INVALID", None)]
    User.objects.update(is_active=True)
    assert unchanged(alice)


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_is_refused(alice):
    token = reset_for(alice)
    passwords = [f"battery number {place} is fine" for place in range(4)]
    answers = at_once(*[lambda password=one: codes(reset(Door(), token, password)) for one in passwords])
    assert sorted(answers) == [[], ["TOKEN_REUSED"], ["TOKEN_REUSED"], ["TOKEN_REUSED"]]
    assert log_in(passwords[answers.index([])])["token"]


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_of_letters_asked_for_at_once_the_newest_counts(alice):
    at_once(*[lambda: request_reset(Door())["ok"]] * 3)
    assert EmailToken.objects.count() == 1
    assert len(mail.outbox) == 3
