"""Reading: what a person may see of the feed after a cursor, and the whole feed for a live process."""

import logging
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from django.db import connection

from accounts.models import User
from messaging.feed.cursors import Cursor
from messaging.feed.numbering import Now, now
from messaging.models import Clock, Event, Joined, Participant
from rows import Statement
from rows.fetching import Rows, fetch

logger = logging.getLogger("parley.feed")

MAX_BEHIND = 1_000  # events; who has missed more reloads

# One short walk down an index for each conversation of the viewer: it costs what is new, not what is stored.
POSTGRESQL = """
    (SELECT event.* FROM messaging_participant mine CROSS JOIN LATERAL (
        SELECT * FROM messaging_event event
         WHERE event.conversation_id = mine.conversation_id AND event.recipient_id IS NULL
           AND event.position > %(after)s AND event.position <= %(until)s
           AND (event.sequence >= mine.joined_at_event OR event.sequence IS NULL AND event.created_at >= mine.joined_at)
         ORDER BY event.position LIMIT %(limit)s) event
      WHERE mine.user_id = %(viewer)s {of_conversation_mine})
    UNION ALL
    (SELECT event.* FROM messaging_event event
      WHERE event.recipient_id = %(viewer)s AND event.position > %(after)s AND event.position <= %(until)s
            {of_conversation_event}
      ORDER BY event.position LIMIT %(limit)s)
    ORDER BY position LIMIT %(limit)s"""
SQLITE = """
    SELECT event.* FROM messaging_participant mine
      JOIN messaging_event event ON event.conversation_id = mine.conversation_id AND event.recipient_id IS NULL
     WHERE mine.user_id = %(viewer)s AND event.position > %(after)s AND event.position <= %(until)s
       AND (event.sequence >= mine.joined_at_event OR event.sequence IS NULL AND event.created_at >= mine.joined_at)
       {of_conversation_mine}
    UNION ALL
    SELECT event.* FROM messaging_event event
     WHERE event.recipient_id = %(viewer)s AND event.position > %(after)s AND event.position <= %(until)s
           {of_conversation_event}
    ORDER BY position LIMIT %(limit)s"""
PARTS = """
    SELECT user_id, conversation_id, joined_at_event, joined_at FROM messaging_participant
     WHERE user_id = ANY(%s::bigint[])"""
PARTS_IN_SOME = f"{PARTS} AND conversation_id = ANY(%s::bigint[])"


class Batch(NamedTuple):
    """Events after a cursor, in the order of the feed. `needs_resync`: they cannot be had any more, reload instead."""

    events: list[Event]
    now: Now
    has_more: bool = False
    needs_resync: bool = False

    @property
    def end(self) -> Cursor:
        """Where to go on: behind the last event, or at the end of the feed when there was no more."""
        return self.now.at(self.events[-1].position or 0) if self.has_more else self.now.cursor


class UnknownKind(Exception):
    """A newer version of this server, which is just being put in place, has written an event that this one cannot tell.
    Nothing is lost: whoever comes back with the same cursor is told by a process that can."""


def read(viewer: User, after: Cursor, *, first: int = MAX_BEHIND, conversation_id: int | None = None) -> Batch:
    """The first events after a cursor that the viewer may see; of one conversation, if it is named.

    Who is more than 1,000 of them behind, or comes with a cursor that this feed does not reach, needs a resync.
    Raises UnknownKind.
    """
    moment = now()
    if not moment.reaches(after):
        return Batch([], moment, needs_resync=True)
    found = _visible_events(viewer, after.position, moment.position, conversation_id)
    # Cleaning up may have come between the two statements, so how far it went is asked afterwards.
    pruned_to = Clock.objects.values_list("pruned_to", flat=True).get(pk=1)
    if len(found) > MAX_BEHIND or after.position < pruned_to:
        return Batch([], moment, needs_resync=True)
    for event in found[:first]:
        _check_kind(event)
    return Batch(found[:first], moment, has_more=len(found) > first)


def _check_kind(event: Event) -> None:
    if not event.is_known:
        _log_unknown(event.kind)
        raise UnknownKind(event.kind)


@cache
def _log_unknown(kind: str) -> None:
    """Once: whoever may see it comes back again and again, until this process is replaced."""
    logger.warning("an event of kind %s is told by processes of a newer version alone", kind)


def newest(position: int, limit: int) -> list[Event]:
    """The whole feed after a position: for a live process, which asks for each event who may see it."""
    return NEWEST(position, limit=limit)


NEWEST = Statement(lambda position, *, limit: Event.objects.filter(position__gt=position).order_by("position")[:limit])


def joined_by(people: Iterable[int], conversations: Iterable[int] | None = None) -> dict[int, dict[int, Joined]]:
    """By person and conversation: since when each takes part, in all their conversations or in some."""
    joined: dict[int, dict[int, Joined]] = {}
    for person, conversation, event_sequence, at in _parts(people, conversations):
        joined.setdefault(person, {})[conversation] = Joined(event_sequence, at)
    return joined


def _parts(people: Iterable[int], conversations: Iterable[int] | None) -> Rows:
    """A live process asks for all its people with every event: PostgreSQL gets them as one array, not as a text with
    some hundred values in it, and answers in binary."""
    if connection.vendor == "postgresql":
        if conversations is None:
            return fetch(connection, PARTS, [list(people)])
        return fetch(connection, PARTS_IN_SOME, [list(people), list(conversations)])
    parts = Participant.objects.filter(user__in=people)
    if conversations is not None:
        parts = parts.filter(conversation__in=conversations)
    return list(parts.values_list("user_id", "conversation_id", "joined_at_event", "joined_at"))


def _visible_events(viewer: User, after: int, until: int, conversation_id: int | None) -> list[Event]:
    sql = POSTGRESQL if connection.vendor == "postgresql" else SQLITE
    one = conversation_id is not None
    sql = sql.format(
        of_conversation_mine="AND mine.conversation_id = %(conversation)s" if one else "",
        of_conversation_event="AND event.conversation_id = %(conversation)s" if one else "",
    )
    params: dict[str, int | None] = {"viewer": viewer.pk, "after": after, "until": until, "limit": MAX_BEHIND + 1}
    if one:
        params["conversation"] = conversation_id
    return list(Event.objects.raw(sql, params))
