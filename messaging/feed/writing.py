"""Writing: every change of a conversation is an event, in the transaction of the change.

Sequence numbers are given under the lock of the conversation's row, so they have no gap and their order is the order
of commits (docs/decisions/0002-sequence-numbers.md). `changing` is the door to every change but sending, which has a
way of its own (`write_message`); `locking` is the same door for those who take no part: the staff of the house.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime
from functools import cache

from django.db import DEFAULT_DB_ALIAS, connections, transaction

from accounts.models import User
from messaging import permissions
from messaging.hints import announce
from messaging.models import Conversation, Event, Message, Participant
from rows import Statement
from rows.fetching import execute

Kind = Event.Kind
READ_MARKS_TOLD_TO = 100  # in larger conversations a read mark is told to the reader's own devices alone


SENDER = Statement(
    lambda viewer, conversation_id: Participant.objects.filter(
        permissions.part_can_send(viewer), user=viewer, conversation=conversation_id
    )
)
"""The sender's part in the conversation, while they can write there."""

NAMES = {model: [field.attname for field in model._meta.concrete_fields] for model in (Conversation, Participant)}
COLUMNS = {model: ", ".join(str(field.column) for field in model._meta.concrete_fields) for model in NAMES}

# A direct conversation must be the one that the first line has seen: who is blocked while this waits for the row's lock
# writes nothing (`block_user` changes the row). Whoever is removed from a group meanwhile has no part to mark any more;
# then the message has no conversation, which PostgreSQL refuses, and all of this is undone.
WRITE = f"""WITH mine AS MATERIALIZED ({{mine}}), conversation AS (
UPDATE messaging_conversation SET last_sequence = last_sequence + 1, last_event_sequence = last_event_sequence + 1,
last_activity_at = %s WHERE id = (SELECT conversation_id FROM mine)
AND (kind = 'GROUP' OR xmin = (SELECT seen.xmin FROM messaging_conversation seen WHERE seen.id = %s))
RETURNING {COLUMNS[Conversation]}
), part AS (
UPDATE messaging_participant SET last_read_sequence = (SELECT last_sequence FROM conversation), last_read_at = %s
WHERE id = (SELECT mine.id FROM mine, conversation) RETURNING {COLUMNS[Participant]}
), message AS (
INSERT INTO messaging_message
(conversation_id, sequence, sender_id, body, created_at, reply_to_id, idempotency_key, input_hash)
SELECT part.conversation_id, conversation.last_sequence,
%s::bigint, %s::text, %s::timestamptz, %s::bigint, %s::text, %s::text FROM conversation LEFT JOIN part ON true
RETURNING id
), event AS (
INSERT INTO messaging_event (conversation_id, sequence, kind, message_id, created_at)
SELECT conversation.id, conversation.last_event_sequence, %s::text, message.id, %s::timestamptz
FROM conversation, message
) SELECT message.id, conversation.*, part.* FROM message, conversation, part"""  # noqa: S608 - nobody's values


def write_message(message: Message, now: datetime) -> bool:
    """Puts a new message at the end of its conversation: allots its number and its event's, moves the sender's mark,
    tells everybody; the message has its conversation with the sender's part as `mine`. False, and nothing is done, when
    the sender may not write there.

    On PostgreSQL one statement, which needs no transaction around it. It is also False when somebody else changed a
    direct conversation in the same moment: with the conversation's row locked (`locking`) it says how it is. Raises
    IntegrityError, then too with nothing done, for a key that was used before and for who was removed meanwhile.
    """
    message.created_at, connection = now, connections[DEFAULT_DB_ALIAS]
    at_once = connection.vendor == "postgresql"
    is_alone = at_once and not connection.in_atomic_block  # else only what failed is taken back
    with nullcontext() if is_alone else transaction.atomic():
        written = _write_at_once(message) if at_once else _write_one_by_one(message)
    if written:
        connection.on_commit(announce)
    return written


def _write_at_once(message: Message) -> bool:
    now, mine, params = message.created_at, *SENDER.sql(message.sender, message.conversation_id)
    row = [message.sender_id, message.body, now, message.reply_to_id, message.idempotency_key, message.input_hash]
    given = [*params, now, message.conversation_id, now, *row, Kind.MESSAGE_SENT.value, now]
    written = execute(_writing(mine), given)
    if not written:
        return False
    ((message.pk, *columns),) = written
    message._state.adding, message._state.db = False, DEFAULT_DB_ALIAS
    width = len(NAMES[Conversation])
    conversation = Conversation.from_db(DEFAULT_DB_ALIAS, NAMES[Conversation], columns[:width])
    conversation.mine = Participant.from_db(DEFAULT_DB_ALIAS, NAMES[Participant], columns[width:])
    _settle(message, conversation)
    return True


@cache  # of one and the same
def _writing(mine: str) -> str:
    return WRITE.format(mine=mine)


def _write_one_by_one(message: Message) -> bool:
    """The same for SQLite, whose transactions come one after the other."""
    mine = SENDER.queryset(message.sender, message.conversation_id).select_related("conversation").first()
    if mine is None:
        return False
    conversation, now = mine.conversation, message.created_at
    conversation.last_sequence += 1
    conversation.last_event_sequence += 1
    conversation.last_activity_at = mine.last_read_at = now
    mine.last_read_sequence = conversation.last_sequence
    conversation.mine = mine
    conversation.save(update_fields=["last_sequence", "last_event_sequence", "last_activity_at"])
    mine.save(update_fields=["last_read_sequence", "last_read_at"])
    _settle(message, conversation)
    message.save(force_insert=True)
    sent = _event(conversation, Kind.MESSAGE_SENT, now, sequence=conversation.last_event_sequence, message=message)
    Event.objects.bulk_create([sent])
    return True


def _settle(message: Message, conversation: Conversation) -> None:
    message.conversation, message.sequence = conversation, conversation.last_sequence


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
