"""Who is online: whoever was seen lately."""

from datetime import datetime, timedelta

from django.db.models import Q

from accounts.models import User

ONLINE_FOR = timedelta(seconds=90)  # after one was last seen
WRITTEN_EVERY = timedelta(seconds=60)


def is_online(person: User, now: datetime) -> bool:
    return person.last_seen_at is not None and person.last_seen_at > now - ONLINE_FOR


def is_due(person: User, now: datetime) -> bool:
    """Whether it is time to write down again that this person is here."""
    return person.last_seen_at is None or person.last_seen_at <= now - WRITTEN_EVERY


def online(now: datetime) -> Q:
    """The same as `is_online`, for a list of people."""
    return Q(last_seen_at__gt=now - ONLINE_FOR)


def not_seen_lately(now: datetime) -> Q:
    """The same as `is_due`, for a list of people."""
    return Q(last_seen_at=None) | Q(last_seen_at__lte=now - WRITTEN_EVERY)


def gone_offline(since: datetime, until: datetime) -> Q:
    """Those who were online at the first moment and were not at the second, as nobody has seen them meanwhile."""
    return Q(last_seen_at__gt=since - ONLINE_FOR, last_seen_at__lte=until - ONLINE_FOR)
