"""What is known of signing in for a while only: ended sessions, their tokens, what letters have carried."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.models import Session as CookieSession
from django.db.models import Q, QuerySet
from django_tasks_db.models import DBTaskResult

from accounts.models import EmailToken, RefreshToken, Session

BATCH = 1_000
ENDED_SESSIONS_KEPT = timedelta(days=30)  # who looks into a theft finds them in the admin
EXPIRED_LETTERS_KEPT = timedelta(days=7)  # who opens one late is told that it is too late
DONE_TASKS_KEPT = timedelta(days=1)


def refresh_tokens(now: datetime) -> Iterator[int]:
    """A rotated one is kept to recognise a thief by it, as long as there is something to steal."""
    return delete(RefreshToken.objects.filter(Q(session__expires_at__lt=now) | Q(session__revoked_at__lt=now)))


def sessions(now: datetime) -> Iterator[int]:
    before = now - ENDED_SESSIONS_KEPT
    return delete(Session.objects.filter(Q(expires_at__lt=before) | Q(revoked_at__lt=before)))


def cookie_sessions(now: datetime) -> Iterator[int]:
    """Django's own, of the admin: what `clearsessions` does, some at a time."""
    return delete(CookieSession.objects.filter(expire_date__lt=now))


def letter_tokens(now: datetime) -> Iterator[int]:
    return delete(EmailToken.objects.filter(expires_at__lt=now - EXPIRED_LETTERS_KEPT))


def tasks(now: datetime) -> Iterator[int]:
    """What is written down of those that are done."""
    return delete(DBTaskResult.objects.finished().filter(finished_at__lt=now - DONE_TASKS_KEPT))


def delete(rows: QuerySet[Any]) -> Iterator[int]:
    """Some in each transaction, so that nobody waits for long; yields how many. Whoever does the same at the same time
    finds less to do."""
    while keys := list(rows.values_list("pk", flat=True)[:BATCH]):
        _, deleted = rows.model._default_manager.filter(pk__in=keys).delete()
        yield deleted.get(rows.model._meta.label, 0)
