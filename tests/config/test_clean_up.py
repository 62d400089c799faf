"""`manage.py clean_up`: what is kept no longer goes, what is kept stays; two at once do no harm."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import StringIO
from itertools import chain
from typing import Any

import pytest
from django.contrib.sessions.models import Session as CookieSession
from django.core.management import call_command
from django.core.management.base import OutputWrapper
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts import forgetting
from accounts.email_tokens import make_token
from accounts.models import EmailToken, RefreshToken, Session
from messaging.management import progress
from messaging.management.progress import Progress
from tests.conftest import Door, enter
from tests.operations import ME
from tests.servers import wait_for

pytestmark = pytest.mark.django_db
PURPOSE = EmailToken.Purpose.VERIFICATION


def clean_up() -> str:
    said = StringIO()
    call_command("clean_up", stdout=said)
    return said.getvalue()


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def session_of(door: Door) -> Session:
    assert door.person is not None
    return Session.objects.filter(user=door.person).latest("pk")


def change(rows: Any, **fields: Any) -> None:
    assert rows.update(**fields) == 1


def test_it_says_what_it_has_removed_of_each_kind() -> None:
    lines = clean_up().splitlines()
    assert len(lines) == 8
    assert all(line.startswith("0 ") and line.endswith(".") for line in lines)


def test_a_session_is_remembered_for_a_month_after_its_end_and_its_tokens_are_not(alice: Door, now: datetime) -> None:
    enter(alice.person)
    ended = session_of(alice)
    change(Session.objects.filter(pk=ended.pk), revoked_at=now - timedelta(days=29))
    assert "1 refresh tokens of ended sessions deleted.\n0 sessions forgotten" in clean_up()
    change(Session.objects.filter(pk=ended.pk), revoked_at=now - timedelta(days=31))
    assert "0 refresh tokens of ended sessions deleted.\n1 sessions forgotten" in clean_up()
    assert (Session.objects.count(), RefreshToken.objects.count()) == (1, 1)
    assert alice.ask(ME)["me"]["username"] == "alice"


def test_an_expired_session_has_ended_too(alice: Door, now: datetime) -> None:
    change(Session.objects.filter(pk=session_of(alice).pk), expires_at=now - timedelta(days=31))
    assert "1 refresh tokens of ended sessions deleted.\n1 sessions forgotten" in clean_up()
    assert alice.refused("{ users { totalCount } }") == "UNAUTHENTICATED"


def test_a_rotated_token_of_a_session_that_goes_on_stays(alice: Door, now: datetime) -> None:
    change(RefreshToken.objects.all(), rotated_at=now, expires_at=now - timedelta(days=1))
    clean_up()
    assert RefreshToken.objects.count() == 1


def test_a_letter_is_remembered_for_a_week_after_it_expired(alice: Door, now: datetime) -> None:
    assert alice.person is not None
    fresh, _ = make_token(alice.person, PURPOSE)
    late, _ = make_token(alice.person, PURPOSE)
    gone, _ = make_token(alice.person, PURPOSE)
    change(EmailToken.objects.filter(pk=late.pk), expires_at=now - timedelta(days=6))
    change(EmailToken.objects.filter(pk=gone.pk), expires_at=now - timedelta(days=8))
    assert "1 tokens of expired letters deleted." in clean_up()
    assert set(EmailToken.objects.all()) == {fresh, late}


def test_the_admins_sessions_go_when_they_expire(now: datetime) -> None:
    for key, hours in (("old", -1), ("new", 1)):
        CookieSession.objects.create(session_key=key, session_data="", expire_date=now + timedelta(hours=hours))
    assert "1 expired sessions of the admin deleted." in clean_up()
    assert CookieSession.objects.get().session_key == "new"


def test_tasks_that_were_done_are_forgotten_after_a_day(now: datetime) -> None:
    for status, hours in (("SUCCESSFUL", 25), ("FAILED", 25), ("SUCCESSFUL", 23), ("READY", 25)):
        finished = None if status == "READY" else now - timedelta(hours=hours)
        DBTaskResult.objects.create(
            status=status, finished_at=finished, args_kwargs={}, task_path="x", backend_name="x", run_after=now
        )
    assert "2 tasks forgotten that were done." in clean_up()
    assert sorted(DBTaskResult.objects.values_list("status", flat=True)) == ["READY", "SUCCESSFUL"]


def ended_sessions(door: Door, count: int, now: datetime) -> None:
    for _ in range(count):
        enter(door.person)
    Session.objects.update(revoked_at=now - timedelta(days=40))


def test_it_takes_some_at_a_time(alice: Door, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "BATCH", 2)
    ended_sessions(alice, 4, now)
    assert list(forgetting.sessions(now)) == [2, 2, 1]


def test_two_at_once_remove_everything_once(alice: Door, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "BATCH", 2)
    ended_sessions(alice, 8, now)
    counts = chain.from_iterable(taking_turns(forgetting.sessions(now), forgetting.sessions(now)))
    assert sum(counts) == 9
    assert not Session.objects.exists()


def taking_turns(*several: Iterator[int]) -> Iterator[list[int]]:
    for one in several:
        yield [next(one)]
    for one in several:
        yield list(one)


# -- progress ---------------------------------------------------------------------------------------------------------


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def told(out: StringIO, at_least: str = "") -> str:
    with Progress(OutputWrapper(out), "letters read") as counted:
        counted.add(1_234)
        wait_for(lambda: at_least in out.getvalue())
    return out.getvalue()


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "EVERY", 0.01)


@pytest.mark.usefixtures("soon")
def test_a_terminal_is_told_how_far_it_has_come_in_one_line_that_goes_at_the_end() -> None:
    said = told(Terminal(), at_least="1,234 letters")
    assert re.search(r"\r1,234 letters read, \d+ s …\x1b\[K", said)
    assert said.endswith("\r\x1b[K")
    assert "\n" not in said


@pytest.mark.usefixtures("soon")
def test_a_file_is_told_nothing() -> None:
    assert told(StringIO()) == ""
