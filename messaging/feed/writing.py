"""Writing: every change of a conversation is an event, in the transaction of the change.

Sequence numbers are given under the lock of the conversation's row, so they have no gap and their order is the order
of commits (docs/decisions/0002-sequence-numbers.md). `changing` is the door to every change but sending, which has a
way of its own (`write_message`); `locking` is the same door for those who take no part: the staff of the house.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from accounts.blocks import nothing_between
from accounts.models import User
from messaging.hints import announce
from messaging.models import Conversation, Event, Message, Participant
from rows import Statement
from rows.fetching import execute

Kind = Event.Kind
READ_MARKS_TOLD_TO = 100  # in larger conversations a read mark is told to the reader's own devices alone


STILL_THERE = Statement(lambda part: Participant.objects.filter(pk=part).only("pk"))
STILL_THERE_AND_FREE = Statement(
    lambda part, one, another: Participant.objects.filter(nothing_between(one, another), pk=part).only("pk")
)
"""The sender's part in a group; in a direct conversation, while neither of the two has blocked the other."""

ALLOT = """UPDATE messaging_conversation SET last_sequence = last_sequence + 1,
last_event_sequence = last_event_sequence + 1, last_activity_at = %s
WHERE id = %s RETURNING last_sequence, last_event_sequence"""

WRITE = """WITH part AS (
UPDATE messaging_participant SET last_read_sequence = %s, last_read_at = %s WHERE id IN ({part}) RETURNING 1
), message AS (
INSERT INTO messaging_message
(conversation_id, sequence, sender_id, body, created_at, reply_to_id, idempotency_key, input_hash)
SELECT %s::bigint, %s::int, %s::bigint, %s::text, %s::timestamptz, %s::bigint, %s::text, %s::text FROM part RETURNING id
), event AS (
INSERT INTO messaging_event (conversation_id, sequence, kind, message_id, created_at)
SELECT %s::bigint, %s::int, %s::text, id, %s::timestamptz FROM message
) SELECT id FROM message"""
"""PostgreSQL's way to do in one statement what SQLite does in three."""


def write_message(message: Message, now: datetime) -> bool:
    """Puts a new message at the end of its conversation: allots its number and its event's, moves the sender's mark,
    tells everybody. False when its sender may not write there any more: then the transaction must be rolled back.

    First the conversation's row is locked, to the end of the transaction. The second statement sees what is so then:
    who was removed or blocked meanwhile has no row to move, and nothing is sent. Raises Conversation.DoesNotExist.
    """
    conversation, mine = message.conversation, message.conversation.mine
    message.sequence, event_sequence = _allot(conversation, now)
    message.created_at = now
    counterpart = conversation.counterpart_of(mine.user)
    part, who = (STILL_THERE_AND_FREE, (mine.pk, mine.user, counterpart)) if counterpart else (STILL_THERE, (mine.pk,))
    if connection.vendor == "postgresql":
        written = _write_at_once(message, event_sequence, *part.sql(*who))
    else:
        written = _write_one_by_one(message, event_sequence, part.queryset(*who))
    transaction.on_commit(announce)
    return written


def _allot(conversation: Conversation, now: datetime) -> tuple[int, int]:
    """Takes the conversation's row lock and the next numbers for a message and its event, in one statement."""
    numbers = execute(ALLOT, [connection.ops.adapt_datetimefield_value(now), conversation.pk])
    if not numbers:
        raise Conversation.DoesNotExist
    sequence, event_sequence = numbers[0]
    conversation.last_sequence, conversation.last_event_sequence = sequence, event_sequence
    conversation.last_activity_at = now
    return sequence, event_sequence


def _write_at_once(message: Message, event_sequence: int, part: str, part_params: list[Any]) -> bool:
    now, conversation_id = message.created_at, message.conversation_id
    marking = [message.sequence, now, *part_params]
    row = [conversation_id, message.sequence, message.sender_id, message.body, now]
    row += [message.reply_to_id, message.idempotency_key, message.input_hash]
    event = [conversation_id, event_sequence, Kind.MESSAGE_SENT.value, now]
    written = execute(WRITE.format(part=part), [*marking, *row, *event])
    if written:
        ((message.pk,),) = written
        message._state.adding, message._state.db = False, connection.alias
    return bool(written)


def _write_one_by_one(message: Message, event_sequence: int, part: QuerySet[Participant]) -> bool:
    if not part.update(last_read_sequence=message.sequence, last_read_at=message.created_at):
        return False
    message.save(force_insert=True)
    sent = _event(message.conversation, Kind.MESSAGE_SENT, message.created_at, sequence=event_sequence, message=message)
    Event.objects.bulk_create([sent])
    return True


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
