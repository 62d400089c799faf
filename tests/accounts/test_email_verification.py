"""requestEmailVerification and verifyEmail; and letters as such: how they look, what becomes of one that cannot go."""

import logging
from datetime import timedelta
from smtplib import SMTPRecipientsRefused
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.core.management import call_command
from django.db.models.functions import Now
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts import letters
from accounts.email_tokens import Purpose
from accounts.models import EmailToken, User
from tests.accounts.letters import (
    OK,
    RESET,
    VERIFY,
    newest_token,
    request_reset,
    request_verification,
    reset_for,
    verification_for,
    verify,
)
from tests.conftest import PASSWORD, Door, enter, join
from tests.messaging.operations import done
from tests.operations import ERRORS, REGISTER, refusals
from tests.races import at_once, on_postgresql

UPDATE = f"""mutation($input: UpdateProfileInput!) {{
  updateProfile(input: $input) {{ user {{ isEmailVerified }} {ERRORS} }}
}}"""
MINE = "{ me { isEmailVerified } }"


def is_verified(door: Door) -> bool:
    return door.ask(MINE)["me"]["isEmailVerified"]


def test_the_letter_shows_that_the_address_is_ones_own(alice):
    assert not is_verified(alice)
    assert verify(alice, verification_for(alice)) == {
        "user": {"username": "alice", "isEmailVerified": True},
        "errors": [],
    }
    assert is_verified(alice)


def test_it_is_opened_where_nobody_is_signed_in(alice, anyone):
    assert verify(anyone, verification_for(alice))["user"]["username"] == "alice"
    assert is_verified(alice)


def test_a_stale_access_token_does_no_harm(alice):
    assert verify(Door(token="stale"), verification_for(alice))["errors"] == []


def test_registering_sends_no_letter(anyone, db):
    anyone.ask(REGISTER, input={"username": "eve", "email": "eve@example.com", "password": PASSWORD})
    assert mail.outbox == []


def test_nobody_asks_for_a_letter_without_signing_in(anyone, db):
    assert anyone.refused("mutation { requestEmailVerification { ok } }") == "UNAUTHENTICATED"


def test_what_is_verified_already_needs_no_letter(alice):
    verify(alice, verification_for(alice))
    assert refusals(request_verification(alice)) == [("CONFLICT", None)]
    assert len(mail.outbox) == 1


def test_another_address_is_to_be_verified_anew(alice):
    verify(alice, verification_for(alice))
    changed = alice.ask(UPDATE, input={"email": "new@example.com"})["updateProfile"]
    assert changed == {"user": {"isEmailVerified": False}, "errors": []}
    assert verify(alice, verification_for(enter(User.objects.get())))["errors"] == []
    assert mail.outbox[-1].to == ["new@example.com"]
    assert is_verified(alice)


# ── tokens that are refused ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("wrong", ["", "x", "x" * 43, "x" * 10_000, "ü€", "' OR 1=1 --"])
def test_what_is_no_token_is_invalid(alice, wrong):
    verification_for(alice)
    assert refusals(verify(alice, wrong)) == [("TOKEN_INVALID", None)]
    assert not is_verified(alice)


def test_used_twice(alice, anyone):
    token = verification_for(alice)
    verify(alice, token)
    alice.ask(UPDATE, input={"email": "new@example.com"})
    alice.ask(UPDATE, input={"email": "alice@example.com"})
    assert refusals(verify(anyone, token)) == [("TOKEN_REUSED", None)]
    assert not is_verified(alice)


@pytest.mark.parametrize(("minutes", "code"), [(24 * 60 - 1, None), (24 * 60 + 1, "TOKEN_EXPIRED")])
def test_it_is_good_for_a_day(anyone, alice, time_machine, minutes, code):
    token = verification_for(alice)
    time_machine.move_to(timezone.now() + timedelta(minutes=minutes))
    assert [one["code"] for one in verify(anyone, token)["errors"]] == ([code] if code else [])
    assert User.objects.get().is_email_verified == (code is None)


def test_of_somebody_else(alice, bob):
    assert refusals(verify(bob, verification_for(alice))) == [("TOKEN_INVALID", None)]
    assert not is_verified(alice)
    assert not is_verified(bob)
    assert verify(alice, newest_token())["errors"] == []


def test_of_another_purpose(alice):
    assert refusals(verify(alice, reset_for(alice))) == [("TOKEN_INVALID", None)]
    assert not is_verified(alice)


def test_a_newer_letter_ends_the_older(alice):
    older = verification_for(alice)
    newer = verification_for(alice)
    assert refusals(verify(alice, older)) == [("TOKEN_INVALID", None)]
    assert verify(alice, newer)["errors"] == []


def test_one_purpose_does_not_end_the_other(alice):
    verification = verification_for(alice)
    reset_for(alice)
    assert verify(alice, verification)["errors"] == []


def test_of_an_address_that_is_the_persons_no_more(alice):
    token = verification_for(alice)
    alice.ask(UPDATE, input={"email": "new@example.com"})
    assert refusals(verify(alice, token)) == [("TOKEN_INVALID", None)]
    assert not is_verified(alice)


def test_the_same_address_in_other_letters_is_the_same(alice):
    token = verification_for(alice)
    alice.ask(UPDATE, input={"email": "ALICE@example.com"})
    assert verify(alice, token)["errors"] == []


def test_of_a_disabled_person(alice, anyone):
    token = verification_for(alice)
    User.objects.update(is_active=False)
    assert refusals(verify(anyone, token)) == [("TOKEN_INVALID", None)]
    assert not User.objects.get().is_email_verified


def test_of_somebody_who_is_gone(alice, anyone):
    token = verification_for(alice)
    done(alice, "deleteAccount", password=PASSWORD)
    assert not EmailToken.objects.exists()
    assert refusals(verify(anyone, token)) == [("TOKEN_INVALID", None)]


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_is_refused(alice):
    token = verification_for(alice)
    answers = at_once(*[lambda: verify(Door(), token)] * 4)
    codes = sorted(one["errors"][0]["code"] if one["errors"] else "" for one in answers)
    assert codes == ["", "TOKEN_REUSED", "TOKEN_REUSED", "TOKEN_REUSED"]


# ── what is kept ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_only_the_hash_is_kept(alice):
    token = verification_for(alice)
    row = EmailToken.objects.get()
    assert token not in str(vars(row))
    assert len(row.hash) == 64


def test_what_is_over_does_not_pile_up(alice):
    for _ in range(3):
        token = verification_for(alice)
    verify(alice, token)
    EmailToken.objects.update(expires_at=Now() - timedelta(hours=1))
    alice.ask(UPDATE, input={"email": "new@example.com"})
    verification_for(enter(User.objects.get()))
    assert EmailToken.objects.count() == 1


# ── letters ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_letter_is_plain_text_to_one_address(alice):
    verification_for(alice)
    (letter,) = mail.outbox
    assert (letter.to, letter.cc, letter.bcc) == (["alice@example.com"], [], [])
    assert letter.content_subtype == "plain"
    assert letter.from_email == "Parley <parley@localhost>"
    assert "Parley" in letter.subject
    assert "24 hours" in letter.body


@pytest.mark.parametrize(
    ("purpose", "page"), [(Purpose.VERIFICATION, "verify-email"), (Purpose.PASSWORD_RESET, "reset-password")]
)
def test_it_has_a_link_where_the_front_end_is_known(alice, settings, purpose, page):
    assert "http" not in letters.write(alice.person, purpose, "secret").body
    settings.FRONTEND_URL = "https://chat.example.org/app/"
    assert (
        f"\nhttps://chat.example.org/app/{page}#token=secret\n" in letters.write(alice.person, purpose, "secret").body
    )


@pytest.mark.parametrize("purpose", Purpose)
def test_what_a_stranger_calls_themselves_is_not_in_it(purpose, db):
    eve = join("eve", first_name="Win now at", last_name="http://evil.example")
    assert "evil" not in letters.write(eve, purpose, "secret").body


def test_a_name_of_the_site_forges_no_header_and_is_no_html(alice, settings):
    settings.SITE_NAME = "Q&A <us>\nBcc: eve@example.com"
    verification_for(alice)
    message = mail.outbox[-1].message()
    assert message["Subject"] == "Your e-mail address at Q&A <us> Bcc: eve@example.com"
    assert message["Bcc"] is None
    assert "Q&A <us>" in mail.outbox[-1].body


def test_five_in_an_hour_are_enough(alice, bob, settings, time_machine):
    settings.REDIS_URL = ""
    time_machine.move_to(timezone.now(), tick=False)
    for _ in range(5):
        verification_for(alice)
    payload = alice.ask("mutation { requestEmailVerification { ok errors { code retryAfter } } }")
    assert payload["requestEmailVerification"] == {
        "ok": False,
        "errors": [{"code": "RATE_LIMITED", "retryAfter": 3_600}],
    }
    assert len(mail.outbox) == 5
    verification_for(bob)
    reset_for(alice)
    time_machine.shift(timedelta(seconds=3_601))
    assert request_verification(enter(alice.person)) == OK


class Refusing(BaseEmailBackend):
    """A mail server that repeats the address, as they do."""

    def send_messages(self, messages: Any) -> int:
        raise SMTPRecipientsRefused({message.to[0]: (550, b"no such mailbox") for message in messages})


@pytest.mark.row(35)
def test_a_mail_server_that_refuses_changes_nothing_and_is_logged_without_the_address(alice, settings, caplog):
    first = verification_for(alice)
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    with caplog.at_level(logging.DEBUG):
        assert request_verification(alice) == OK
        assert request_reset(Door())["ok"]
    assert "a letter could not be sent" in caplog.messages
    assert not any("alice@example.com" in str(vars(record)) for record in caplog.records)
    assert EmailToken.objects.count() == 1
    assert verify(alice, first)["errors"] == []


def test_without_a_mail_server_the_log_says_so(alice, settings, caplog):
    settings.EMAIL_BACKEND = letters.NOWHERE
    assert request_verification(alice) == OK
    assert "a letter was sent nowhere: EMAIL_URL is not set" in caplog.messages


@pytest.mark.row(35)
def test_no_token_and_no_address_is_in_the_log(alice, caplog, log):
    with caplog.at_level(logging.DEBUG, logger="parley"):
        token = verification_for(alice)
        verify(alice, token)
        request_reset(Door())
    records = [str(vars(record)) for record in caplog.records if record.name.startswith("parley")]
    logged = "".join([log.getvalue(), *records])
    assert logged
    assert token not in logged
    assert "alice@example.com" not in logged


# ── in the background ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def in_background(settings: Any) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}


def work() -> None:
    """`manage.py db_worker`, until there is nothing more to do."""
    from django_tasks_db.management.commands.db_worker import Worker

    Worker(
        queue_names=["default"],
        interval=0,
        batch=True,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id="test",
        excluded_queue_names=[],
    ).run()


with_a_worker = pytest.mark.django_db(transaction=True)  # which closes what connections it finds


@with_a_worker
def test_a_worker_sends_what_was_asked_for(alice, in_background):
    assert request_verification(alice) == OK
    assert mail.outbox == []
    assert not EmailToken.objects.exists()
    work()
    assert verify(alice, newest_token())["errors"] == []


@with_a_worker
@pytest.mark.row(35)
def test_what_waits_holds_neither_address_nor_token(alice, in_background):
    request_verification(alice)
    request_reset(Door())
    waiting = str(list(DBTaskResult.objects.values()))
    assert "example.com" not in waiting
    work()
    written = str(list(DBTaskResult.objects.values()))
    assert "example.com" not in written
    assert newest_token() not in written


@with_a_worker
def test_what_was_done_is_forgotten_after_a_day(alice, in_background):
    request_verification(alice)
    work()
    request_verification(alice)
    DBTaskResult.objects.filter(status="SUCCESSFUL").update(finished_at=Now() - timedelta(days=2))
    call_command("clean_up", verbosity=0)
    assert [one.status for one in DBTaskResult.objects.all()] == ["READY"]


@pytest.mark.parametrize(("document", "name"), [(VERIFY, "verifyEmail"), (RESET, "resetPassword")])
def test_secrets_are_not_read_by_the_guard_of_language(anyone, db, settings, document, name):
    settings.OFFENSIVE_WORDS = ["battery"]
    given = {"token": "battery"} | ({"newPassword": "fine battery"} if name == "resetPassword" else {})
    assert refusals(anyone.ask(document, input=given)[name]) == [("TOKEN_INVALID", None)]
