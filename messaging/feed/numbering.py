"""Numbering: events get their position after they were committed, by whoever wants to read.

Only the holder of the clock's row lock gives positions, and holds it to the commit: so they become visible in
increasing order without a gap. The writers take no part in it.
"""

import uuid
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import Exists, Max

from messaging.feed.cursors import Cursor
from messaging.models import Clock, Event
from rows import Statement

BATCH = 5_000  # events numbered in one transaction: some milliseconds


class Now(NamedTuple):
    """How far the feed went at one moment: everything committed before it has a position up to this one."""

    feed: uuid.UUID
    position: int
    pruned_to: int

    @property
    def cursor(self) -> Cursor:
        return self.at(self.position)

    def at(self, position: int) -> Cursor:
        return Cursor(self.feed, position)

    def reaches(self, cursor: Cursor) -> bool:
        """Whether what came after this cursor is there: it is of this feed, not of its future, not cleaned up."""
        return cursor.feed == self.feed and self.pruned_to <= cursor.position <= self.position


def now() -> Now:
    """Numbers what is committed, and says how far the feed goes. One statement where there is nothing to number.

    What is committed while it numbers is left to the next reader, or under constant writing it would never end.
    """
    look = _look()
    if look is not None and not look.is_behind:
        return Now(look.feed, look.position, look.pruned_to)
    while True:
        numbered, moment = _number_batch()
        if numbered < BATCH:
            return moment


def renew() -> Now:
    """Makes this another feed: after a restore, cursors from before mean other events, or none. Unread, they resync."""
    with transaction.atomic():
        clock = _locked_clock()
        clock.feed = uuid.uuid4()
        clock.position = max(clock.position, _highest_position())
        clock.save()
    return now()


def _look() -> "_Look | None":
    rows = LOOK()
    return _Look(rows[0].feed, rows[0].position, rows[0].pruned_to, rows[0].is_behind) if rows else None


LOOK: Statement[Any] = Statement(
    lambda: Clock.objects.filter(pk=1).annotate(is_behind=Exists(Event.objects.filter(position=None)))
)
LOCKED = Statement(lambda: Clock.objects.filter(pk=1).select_for_update())


class _Look(NamedTuple):
    feed: uuid.UUID
    position: int
    pruned_to: int
    is_behind: bool


def _number_batch() -> tuple[int, Now]:
    with transaction.atomic():
        # A statement of its own: the next one sees what was committed before this one got the lock.
        clock = _locked_clock()
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE messaging_event SET position = %s + pending.place FROM"
                " (SELECT id, row_number() OVER (ORDER BY id) AS place FROM messaging_event"
                "  WHERE position IS NULL ORDER BY id LIMIT %s) AS pending"
                " WHERE messaging_event.id = pending.id",
                [clock.position, BATCH],
            )
            numbered = cursor.rowcount
        clock.position += numbered
        if numbered:
            clock.save(update_fields=["position"])
    return numbered, Now(clock.feed, clock.position, clock.pruned_to)


def _locked_clock() -> Clock:
    """The row that says how far the feed goes, locked; made where it is missing, as in a database that was emptied."""
    locked = LOCKED()
    if locked:
        return locked[0]
    clock, _ = Clock.objects.select_for_update().get_or_create(pk=1, defaults={"position": _highest_position()})
    return clock


def _highest_position() -> int:
    return Event.objects.aggregate(highest=Max("position"))["highest"] or 0
