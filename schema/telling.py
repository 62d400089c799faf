"""Telling: what is stored about an event → the event as one viewer sees it, with its objects as they are now."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.utils import timezone

from accounts.models import User
from messaging import feed, models, selectors
from messaging.feed import Cursor, Kind, Now
from messaging.live import PRESENCE_CHANGED, Occasion, Passing
from rows import Statement, pages
from rows.statements import can_find_for_each
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
ABOUT_NO_PERSON = {*ABOUT_A_MESSAGE, *ABOUT_A_CONVERSATION, Kind.CONVERSATION_ENDED}


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


def tell(
    rows: list[Occasion], viewer: User, now: Now, messages: "Messages | None" = None
) -> Iterator[tuple[Occasion, events.Event]]:
    """These events as the viewer sees them: the objects of all of them in one statement for each type.

    Visibility is asked again here: what the viewer may see no more is left out. `messages`: those that they are about,
    as far as the viewer may see them, where `messages_of_each` has asked already.
    """
    around = _Surroundings(rows, viewer, messages)
    for row in rows:
        event = _tell_one(row, around, now)
        if event is not None:
            yield row, event


Messages = dict[int | None, models.Message]


def messages_of_each(wanted: Sequence[tuple[User, list[Occasion]]]) -> dict[int, Messages] | None:
    """For these people: the messages that some events are about, as far as each may see them, in one statement for all;
    by the person's key. None where there is no more than one, and where the database cannot do so: `tell` asks then."""
    return MESSAGES.by_viewer([(viewer, key) for viewer, rows in wanted for key in _about(rows)])


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


def _about(rows: Iterable[Occasion]) -> set[int]:
    return {row.message_id for row in rows if row.message_id is not None}


class _Surroundings:
    """The objects that some events are about, as far as the viewer may see them."""

    def __init__(self, rows: list[Occasion], viewer: User, messages: "Messages | None") -> None:
        self.messages = MESSAGES.by_key(viewer, _about(rows)) if messages is None else messages
        # A message comes with its conversation: of most events nothing else is asked.
        self.conversations = {one.conversation_id: one.conversation for one in self.messages.values()}
        pages.page(self.conversations.values())
        for message in self.messages.values():
            message.conversation = self.conversations[message.conversation_id]
        others = {row.conversation_id for row in rows if row.message_id is None and row.kind != Kind.CONVERSATION_ENDED}
        others -= {None, *self.conversations}
        self.conversations |= CONVERSATIONS.by_key(viewer, others)
        # A message that is not there is in a conversation that the viewer has just left: nothing else of it is told.
        for row in rows:
            if row.message_id not in self.messages and row.message_id is not None:
                self.conversations.pop(row.conversation_id, None)
        self.people = _people(viewer, {row.person_id for row in rows if row.kind not in ABOUT_NO_PERSON} - {None})
        self.participants = self._participants(row for row in rows if row.kind in ABOUT_A_PARTICIPANT)

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


def _people(viewer: User, keys: set[int | None]) -> dict[int | None, User]:
    """No statement for none."""
    found = pages.page(User.objects.visible_to(viewer).filter(pk__in=keys)) if keys else []
    return {person.pk: person for person in found}


class _Visible:
    """What a viewer may see of one type, found by primary key."""

    def __init__(self, to: Callable[[User], QuerySet[Any]]) -> None:
        self._to = to
        self._one = Statement(lambda viewer, pk: to(viewer).filter(pk=pk))

    def by_key(self, viewer: User, keys: set[int]) -> dict[int | None, Any]:
        """Those that are visible; no statement for none."""
        wanted = [(viewer, key) for key in keys]
        rows: Iterable[Model]
        if can_find_for_each(wanted):
            rows = self._one.for_each(wanted)
        else:
            rows = pages.page(self._to(viewer).filter(pk__in=keys))
        return {row.pk: row for row in rows}

    def by_viewer(self, wanted: list[tuple[User, int]]) -> dict[int, dict[int | None, Any]] | None:
        """The same for many viewers, by their keys; None for one wish, and where the database cannot do so."""
        if len(wanted) < 2 or not can_find_for_each(wanted):
            return None
        return {viewer: {row.pk: row for row in rows} for viewer, rows in self._one.by_first(wanted).items()}


CONVERSATIONS = _Visible(selectors.conversations_for)
MESSAGES = _Visible(selectors.messages_for)
