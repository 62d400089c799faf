"""Writing: every change of a conversation is an event, in the transaction of the change.

Sequence numbers are given under the lock of the conversation's row, so they have no gap and their order is the order
of commits (docs/decisions/0002-sequence-numbers.md). `changing` is the door to every change but sending, which has a
statement of its own (`allot_message`); `locking` is the same door for those who take no part: the staff of the house.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction

from accounts.models import User
from messaging.hints import announce
from messaging.models import Conversation, Event, Message, Participant

Kind = Event.Kind
READ_MARKS_TOLD_TO = 100  # in larger conversations a read mark is told to the reader's own devices alone


class Allotment(NamedTuple):
    """The numbers that one message was given: its place in the conversation, and that of its event."""

    sequence: int
    event_sequence: int


def allot_message(conversation: Conversation, now: datetime) -> Allotment:
    """Takes the conversation's row lock and the next numbers for a message and its event, in one statement.

    The lock is held to the end of the transaction, which must insert both. Raises Conversation.DoesNotExist.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE messaging_conversation SET last_sequence = last_sequence + 1,"
            " last_event_sequence = last_event_sequence + 1, last_activity_at = %s"
            " WHERE id = %s RETURNING last_sequence, last_event_sequence",
            [connection.ops.adapt_datetimefield_value(now), conversation.pk],
        )
        row = cursor.fetchone()
    if row is None:
        raise Conversation.DoesNotExist
    conversation.last_sequence, conversation.last_event_sequence = row
    conversation.last_activity_at = now
    return Allotment(*row)


@contextmanager
def locking(conversation_id: int) -> Iterator[Conversation]:
    """One change, in one transaction: the conversation as it is now, locked.

    What was true when it was found may be so no more, so permissions are asked in here. What is set on the row is saved
    with the numbers of the events recorded. Raises DoesNotExist when the conversation is gone.
    """
    with transaction.atomic():
        locked = Conversation.objects.select_for_update().get(pk=conversation_id)
        before = locked.last_event_sequence
        yield locked
        if locked.last_event_sequence != before:
            locked.save(update_fields=["title", "updated_at", "participant_count", "last_event_sequence"])


@contextmanager
def changing(conversation_id: int, viewer: User) -> Iterator[Conversation]:
    """The same for somebody who takes part, with their part in it as `mine`. Raises DoesNotExist when that is gone."""
    with locking(conversation_id) as locked:
        locked.mine = Participant.objects.get(conversation=locked, user=viewer)
        locked.mine.user = viewer
        yield locked


def record(
    conversation: Conversation,
    kind: Kind,
    now: datetime,
    *,
    message: Message | None = None,
    people: Sequence[User | None] = (None,),
) -> list[int]:
    """Tells everybody in a locked conversation: one event, or one for each person. Returns their numbers.

    At most as many events as a mutation names people; one statement.
    """
    first = conversation.last_event_sequence + 1
    numbers = list(range(first, first + len(people)))
    _write(
        _event(conversation, kind, now, sequence=number, message=message, person=person)
        for number, person in zip(numbers, people, strict=True)
    )
    conversation.last_event_sequence += len(people)
    return numbers


def record_started(conversation: Conversation) -> None:
    """Tells everybody in a conversation that was just made: its event number one, by which its people come in."""
    _write([_event(conversation, Kind.CONVERSATION_STARTED, conversation.created_at, sequence=1)])


def record_sent(message: Message, event_sequence: int) -> None:
    """Tells everybody of a message whose numbers `allot_message` gave."""
    event = _event(
        message.conversation, Kind.MESSAGE_SENT, message.created_at, sequence=event_sequence, message=message
    )
    _write([event])


def record_read(conversation: Conversation, reader: User, now: datetime) -> None:
    """Tells of a read mark, which takes no lock and so has no sequence."""
    recipient = reader if conversation.participant_count > READ_MARKS_TOLD_TO else None
    _write([_event(conversation, Kind.MESSAGES_READ, now, person=reader, recipient=recipient)])


def record_for(recipients: Iterable[User], conversation: Conversation, kind: Kind, now: datetime) -> None:
    """Tells these people alone: what is personal, or an end that outlives the rows it is about."""
    _write(_event(conversation, kind, now, person=recipient, recipient=recipient) for recipient in recipients)


def _write(events: Iterable[Event]) -> None:
    """The one way in: the change and its events are committed together, and then whoever listens is told to look."""
    Event.objects.bulk_create(events)
    transaction.on_commit(announce)


def _event(
    conversation: Conversation,
    kind: Kind,
    now: datetime,
    *,
    sequence: int | None = None,
    message: Message | None = None,
    person: User | None = None,
    recipient: User | None = None,
) -> Event:
    return Event(
        conversation_id=conversation.pk,
        sequence=sequence,
        kind=kind,
        message_id=message.pk if message else None,
        person_id=person.pk if person else None,
        recipient_id=recipient.pk if recipient else None,
        created_at=now,
    )
