"""Which people a viewer can find."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.blocks import has_blocked, is_blocked_by
from accounts.models import Session, User
from accounts.presence import online
from accounts.refusals import NotFound
from rows import Statement
from rows.fetching import fetch


def people_by_key(viewer: User, keys: Iterable[int]) -> QuerySet[User]:
    """Those with these primary keys."""
    found: QuerySet[User] = User.objects.visible_to(viewer)
    return found.filter(pk__in=keys)


def active_person(key: int) -> User | None:
    """Whoever has this primary key, unless the account is disabled."""
    found: QuerySet[User] = User.objects.filter(pk=key, is_active=True)
    return found.first()


def person_by(viewer: User, *, key: int | None, username: str | None) -> User | None:
    """The person with this primary key, or this username in any case; None if there is none. Raises ValidationError
    unless exactly one of the two is given."""
    everybody: QuerySet[User] = User.objects.visible_to(viewer)
    if key is not None and username is None:
        return everybody.filter(pk=key).first()
    if username is not None and key is None:
        return everybody.filter(username__lower=username.lower()).first()
    raise ValidationError("Give exactly one of `id` and `username`.")


def people_named(viewer: User, keys: Sequence[int], field: str) -> list[User]:
    """The people with these primary keys, in this order, all or nothing. Raises NotFound for each place in the input's
    `field` that names nobody (`user_ids.3`)."""
    found = {person.pk: person for person in people_by_key(viewer, keys)}
    missing = {f"{field}.{place}": "Not found." for place, key in enumerate(keys) if key not in found}
    if missing:
        raise NotFound(missing)
    return [found[key] for key in keys]


def people_for(viewer: User) -> QuerySet[User]:
    """Everybody a viewer can find in the list of people: those whose account is active, and who have not blocked the
    viewer. By id, by name and in conversations these are there as ever: to be gone would tell."""
    everybody: QuerySet[User] = User.objects.visible_to(viewer)
    return everybody.filter(~has_blocked(viewer), is_active=True)


def online_to(viewer: User, now: datetime) -> Q:
    """Of a list of people those whom the viewer sees online: `is_online` and `can_see_presence` in one."""
    return online(now) & ~has_blocked(viewer) & ~is_blocked_by(viewer)


def sessions_of(people: Iterable[User]) -> QuerySet[Session]:
    """Where these people are signed in, the last used first."""
    return Session.objects.live(timezone.now()).filter(user__in=people).order_by("-last_used_at", "-id")


def live_sessions(keys: Iterable[int]) -> set[int]:
    """Of these sessions those that are neither revoked nor over, and whose person is not disabled. A live process asks
    twice a second for all its connections: PostgreSQL gets them as one array, not as a text with hundreds of values."""
    now = timezone.now()
    if connection.vendor != "postgresql":
        return {session.pk for session in LIVE_SESSIONS.queryset(now).filter(pk__in=keys)}
    live, params = LIVE_SESSIONS.sql(now)
    # Compiled by the ORM; nothing of it comes from a user.
    sql = f"SELECT id FROM ({live}) live WHERE id = ANY(%s::bigint[])"  # noqa: S608
    return {key for (key,) in fetch(connection, sql, [*params, list(keys)])}


LIVE_SESSIONS = Statement(lambda now: Session.objects.live(now).filter(user__is_active=True).only("pk"))
