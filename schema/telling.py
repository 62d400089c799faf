"""Telling: what is stored about an event → the event as one viewer sees it, with its objects as they are now."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils import timezone

from accounts.models import User
from messaging import feed, models, selectors
from messaging.feed import Cursor, Kind, Now
from messaging.live import PRESENCE_CHANGED, Occasion, Passing
from rows import pages
from schema import ids
from schema.types import events

ABOUT_A_MESSAGE = {
    Kind.MESSAGE_SENT: events.MessageSent,
    Kind.MESSAGE_EDITED: events.MessageEdited,
    Kind.MESSAGE_DELETED: events.MessageDeleted,
    Kind.REACTIONS_CHANGED: events.ReactionsChanged,
}
ABOUT_A_PARTICIPANT = {
    Kind.MESSAGES_READ: events.MessagesRead,
    Kind.PARTICIPANT_JOINED: events.ParticipantJoined,
    Kind.PARTICIPANT_CHANGED: events.ParticipantChanged,
}
ABOUT_A_CONVERSATION = {
    Kind.CONVERSATION_STARTED: events.ConversationStarted,
    Kind.CONVERSATION_UPDATED: events.ConversationUpdated,
}


def read(viewer: User, after: str, conversation_id: str | None, first: int) -> events.EventBatch:
    """For `events(after:)`. Raises ValidationError."""
    if not 1 <= first <= feed.MAX_BEHIND:
        raise ValidationError({"first": f"Ask for 1 to {feed.MAX_BEHIND:,} events."})
    one = None if conversation_id is None else ids.key(models.Conversation, conversation_id)
    batch = feed.read(viewer, feed.decode_cursor(after), first=first, conversation_id=one)
    told = (
        [resync_required(batch.now)]
        if batch.needs_resync
        else [event for _, event in tell(list(batch.events), viewer, batch.now)]
    )
    return events.EventBatch(events=told, end_cursor=str(batch.end), has_more=batch.has_more)


def tell(rows: list[Occasion], viewer: User, now: Now) -> Iterator[tuple[Occasion, events.Event]]:
    """These events as the viewer sees them: the objects of all of them in one statement for each type.

    Visibility is asked again here: what the viewer may see no more is left out.
    """
    around = _Surroundings(rows, viewer)
    for row in rows:
        event = _tell_one(row, around, now)
        if event is not None:
            yield row, event


def caught_up(now: Now) -> events.Event:
    return events.CaughtUp(**_outside(now.cursor))


def resync_required(now: Now) -> events.Event:
    return events.ResyncRequired(**_outside(now.cursor))


def _outside(cursor: Cursor | None) -> dict[str, Any]:
    """What all events have that are about no conversation."""
    return {
        "cursor": str(cursor) if cursor else None,
        "sequence": None,
        "occurred_at": timezone.now(),
        "conversation": None,
    }


class _Surroundings:
    """The objects that some events are about, as far as the viewer may see them."""

    def __init__(self, rows: list[Occasion], viewer: User) -> None:
        self.conversations = _by_key(
            selectors.conversations_for(viewer),
            {row.conversation_id for row in rows if row.kind != Kind.CONVERSATION_ENDED},
        )
        self.messages = _by_key(selectors.messages_for(viewer), {row.message_id for row in rows})
        # A message that is not there is in a conversation that the viewer has just left: nothing else of it is told.
        for row in rows:
            if row.message_id not in self.messages and row.message_id is not None:
                self.conversations.pop(row.conversation_id, None)
        self.people = _by_key(User.objects.visible_to(viewer), {row.person_id for row in rows})
        self.participants = self._participants(row for row in rows if row.kind in ABOUT_A_PARTICIPANT)
        for message in self.messages.values():
            if message.conversation_id in self.conversations:
                message.conversation = self.conversations[message.conversation_id]

    def _participants(self, rows: Iterable[Occasion]) -> dict[tuple[int, int], models.Participant]:
        wanted = {(row.conversation_id, row.person_id) for row in rows}
        if not wanted:
            return {}
        found = selectors.participants_in(self.conversations.values(), {person for _, person in wanted if person})
        for participant in pages.page(found):
            participant.conversation = self.conversations[participant.conversation_id]
            if participant.user_id in self.people:
                participant.user = self.people[participant.user_id]
        return {(participant.conversation_id, participant.user_id): participant for participant in found}


def _tell_one(row: Occasion, around: _Surroundings, now: Now) -> events.Event | None:
    conversation = around.conversations.get(row.conversation_id)
    person = around.people.get(row.person_id)
    common: dict[str, Any] = {
        "cursor": None if row.position is None else str(now.at(row.position)),
        "sequence": row.sequence,
        "occurred_at": row.created_at,
        "conversation": conversation,
    }
    if row.kind == PRESENCE_CHANGED:
        return events.PresenceChanged(**common, user=person)
    if row.kind == Kind.CONVERSATION_ENDED:
        return events.ConversationEnded(**common, conversation_id=ids.encode(models.Conversation, row.conversation_id))
    if conversation is None:
        return None
    if isinstance(row, Passing):
        return events.TypingChanged(**common, user=person, is_typing=row.is_typing)
    if row.kind in ABOUT_A_CONVERSATION:
        return ABOUT_A_CONVERSATION[row.kind](**common)
    if row.kind in ABOUT_A_MESSAGE:
        message = around.messages.get(row.message_id)
        return ABOUT_A_MESSAGE[row.kind](**common, message=message) if message else None
    if row.kind == Kind.PARTICIPANT_LEFT:
        return events.ParticipantLeft(**common, user=person)
    participant = around.participants.get((row.conversation_id, row.person_id or 0))
    return ABOUT_A_PARTICIPANT[row.kind](**common, participant=participant, user=person)


def _by_key(visible: Any, keys: set[int | None]) -> dict[int | None, Any]:
    """Those of these rows that are visible, by primary key; no statement for none."""
    wanted = keys - {None}
    rows: Iterable[Model] = pages.page(visible.filter(pk__in=wanted)) if wanted else ()
    return {row.pk: row for row in rows}
