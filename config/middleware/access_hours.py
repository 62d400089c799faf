"""Access hours: outside them only staff come in, and whoever signs in (or how would staff?).

Off unless `ACCESS_HOURS` is set, for example to `06:00-21:00` or `08:00-12:00,13:00-17:00`, in `ACCESS_TIME_ZONE`.
"""

import re
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from itertools import product
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from config.middleware.guard import Guard
from schema.documents import Operation, operation_of, root_fields
from schema.responses import Refused

SIGNING_IN = {"tokenAuth", "refreshToken", "verifyToken", "revokeToken", "__typename"}


class Window(NamedTuple):
    """A span of the day, the end not included; it crosses midnight when the end is before the start."""

    start: time
    end: time


@lru_cache
def parse_hours(text: str) -> tuple[Window, ...]:
    """Reads `06:00-21:00`, several with commas; none for `off`. Raises ValueError."""
    if text.strip().lower() in ("off", ""):
        return ()
    return tuple(_parse_window(part) for part in text.split(","))


def _parse_window(text: str) -> Window:
    match = re.fullmatch(r"([0-9]{2}:[0-9]{2})-([0-9]{2}:[0-9]{2})", text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a span such as 06:00-21:00")
    start, end = (time.fromisoformat(part.replace("24:00", "00:00")) for part in match.groups())
    return Window(start, end)


def is_open(now: time, hours: tuple[Window, ...]) -> bool:
    """Whether a time of day is within the hours; a window whose ends are equal is the whole day."""
    return any(
        (start <= now < end) if start < end else (now >= start or now < end or start == end) for start, end in hours
    )


def opens_at(now: datetime, hours: tuple[Window, ...]) -> datetime:
    """When the next window begins, in the zone of `now`.

    A day on which clocks are put forward may leave a beginning out, one on which they are put back has it twice
    (`fold`): that is why three days are looked at, and each beginning is asked whether it is open then.
    """
    zone, today = now.tzinfo, now.date()
    starts = (
        datetime.combine(today + timedelta(days=day), window.start.replace(fold=fold), zone).astimezone(UTC)
        for window, day, fold in product(hours, (0, 1, 2), (0, 1))
    )
    return min(start for start in starts if start > now and is_open(start.astimezone(zone).time(), hours)).astimezone(
        zone
    )


def is_signing_in(operation: Operation) -> bool:
    return {field.name.value for field in root_fields(operation)} <= SIGNING_IN


def closed_until(person: object, now: datetime) -> datetime | None:
    """When it opens for this person; None while it is open for them. By the settings."""
    hours = parse_hours(settings.ACCESS_HOURS)
    if not hours or getattr(person, "is_staff", False):
        return None
    here = now.astimezone(ZoneInfo(settings.ACCESS_TIME_ZONE))
    return None if is_open(here.time(), hours) else opens_at(here, hours)


def sentence(opening: datetime) -> str:
    return f"The server is closed now; it opens at {opening:%H:%M} ({settings.ACCESS_TIME_ZONE})."


def reason_not_to_stay(person: object, now: datetime) -> str | None:
    """For live connections, which are closed too."""
    opening = closed_until(person, now)
    return sentence(opening) if opening else None


class AccessHours(Guard):
    def check(self, request: HttpRequest) -> None:
        opening = closed_until(request.user, timezone.now())
        if opening is None or is_signing_in(operation_of(request)):
            return
        raise Refused(
            sentence(opening),
            status=403,
            code="OUTSIDE_ACCESS_HOURS",
            opensAt=opening.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        )
