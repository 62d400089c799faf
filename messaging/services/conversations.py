"""Starting, renaming and deleting conversations."""

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.blocks import Barrier, barriers
from accounts.models import User
from accounts.refusals import Blocked
from accounts.selectors import people_named
from accounts.validators import check_field, is_visible
from messaging import feed, permissions
from messaging.feed import Kind
from messaging.idempotency import check_key, check_same_input, hash_input
from messaging.models import Attachment, Conversation, Mention, Message, Participant, Reaction, Revision
from messaging.permissions import Act
from messaging.refusals import Conflict, IdempotencyKeyReused, LimitExceeded
from messaging.services.attachments import abandon

MAX_TITLE_LENGTH = 100
MAX_PARTICIPANTS = 1_000


def start_direct_conversation(*, viewer: User, person: User) -> Conversation:
    """The one conversation of the two, made on first use. Raises ValidationError for oneself, PermissionDenied,
    Blocked."""
    if person.pk == viewer.pk:
        raise ValidationError({"user_id": "Nobody has a direct conversation with themselves."})
    check_reachable(viewer, [person])
    low, high = pair_of(viewer, person)
    ours = Conversation.objects.visible_to(viewer).filter(direct_low=low, direct_high=high)
    existing = ours.first()
    if existing is not None:
        return existing
    conversation = Conversation(kind=Conversation.Kind.DIRECT, direct_low=low, direct_high=high)
    try:
        return _start(conversation, viewer, [person], Participant.Role.MEMBER)
    except IntegrityError:  # the other side started it in this moment
        return ours.get()


def create_conversation(
    *, viewer: User, title: str, participant_ids: Sequence[int], idempotency_key: str | None = None
) -> Conversation:
    """A group with these people, of which the viewer is the owner. The same key again returns the first one, whatever
    has become of its people: they are looked for after the key.

    Raises ValidationError, NotFound, PermissionDenied, Blocked, LimitExceeded, IdempotencyKeyReused.
    """
    title = clean_title(title)
    check_key(idempotency_key)
    fingerprint = hash_input(title, sorted({*participant_ids} - {viewer.pk}))
    first = _created_before(viewer, idempotency_key, fingerprint)
    if first is not None:
        return first
    people = people_named(viewer, participant_ids, "participant_ids")
    others = [person for person in dict.fromkeys(people) if person.pk != viewer.pk]
    check_room(len(others) + 1, "participant_ids")
    check_reachable(viewer, others)
    conversation = Conversation(
        kind=Conversation.Kind.GROUP, title=title, idempotency_key=idempotency_key, input_hash=fingerprint
    )
    try:
        return _start(conversation, viewer, others, Participant.Role.OWNER)
    except IntegrityError:  # the same key, in the same moment
        first = _created_before(viewer, idempotency_key, fingerprint)
        if first is None:
            raise
        return first


def update_conversation(*, viewer: User, conversation: Conversation, title: str) -> Conversation:
    """Renames a group. Raises ValidationError, PermissionDenied, Conflict for a direct conversation."""
    title = clean_title(title)
    now = timezone.now()
    with feed.changing(conversation.pk, viewer) as locked:
        check_group(locked)
        check_may(locked, Act.RENAME)
        rename(locked, title, now)
    return locked


def delete_conversation(*, viewer: User, conversation: Conversation) -> None:
    """Ends a group for everybody, with all its messages. Raises PermissionDenied, Conflict."""
    with feed.changing(conversation.pk, viewer) as locked:
        check_group(locked)
        check_may(locked, Act.DELETE)
        end(locked, timezone.now())


# ── what the other verbs share ──────────────────────────────────────────────────────────────────────────────────────


def rename(locked: Conversation, title: str, now: datetime) -> None:
    """Gives a locked conversation another title, and tells everybody; the same title changes nothing."""
    if locked.title != title:
        locked.title, locked.updated_at = title, now
        feed.record(locked, Kind.CONVERSATION_UPDATED, now)


def end(locked: Conversation, now: datetime) -> None:
    """Deletes a locked conversation and tells everybody who was in it.

    Table by table, what refers to others first: Django's own cascade would read every message before it goes.
    """
    abandon(Attachment.objects.filter(message__conversation=locked))
    everybody = User.objects.filter(participations__conversation=locked).only("pk")
    feed.record_for(everybody, locked, Kind.CONVERSATION_ENDED, now)
    for rows in (
        Revision.objects.filter(message__conversation=locked),
        Reaction.objects.filter(message__conversation=locked),
        Mention.objects.filter(message__conversation=locked),
        Message.objects.filter(conversation=locked),
        Participant.objects.filter(conversation=locked),
        Conversation.objects.filter(pk=locked.pk),
    ):
        rows._raw_delete(rows.db)


def clean_title(title: str) -> str:
    """The title without white space at its ends. Raises ValidationError."""
    title = title.strip()
    if not is_visible(title) or len(title) > MAX_TITLE_LENGTH:
        raise ValidationError({"title": f"A title has 1 to {MAX_TITLE_LENGTH} characters."})
    check_field(Conversation, "title", title)
    return title


def pair_of(one: User, another: User) -> tuple[User, User]:
    """The two people of a direct conversation in the order in which it is kept."""
    low, high = sorted((one, another), key=lambda person: person.pk)
    return low, high


def check_reachable(viewer: User, people: Sequence[User]) -> None:
    """Raises PermissionDenied when the viewer cannot talk to one of these people, Blocked when that is their own doing.
    One statement."""
    between = barriers(viewer, (person.pk for person in people))
    for person in people:
        check_barrier(person, between.get(person.pk))


def check_barrier(person: User | None, barrier: Barrier | None) -> None:
    """Who has blocked the viewer is refused in the words for a disabled account: it is not for the viewer to know."""
    name = person.username if person else "This person"
    if barrier == Barrier.MADE:
        raise Blocked(f"You have blocked {name}: unblock them first.")
    if not permissions.can_reach(person, barrier):
        raise PermissionDenied(f"{name} cannot be reached.")


def check_room(count: int, field: str) -> None:
    if count > MAX_PARTICIPANTS:
        raise LimitExceeded({field: f"A group has at most {MAX_PARTICIPANTS:,} people."})


def check_group(conversation: Conversation) -> None:
    """Raises Conflict for a direct conversation: nobody is added, removed, leaves, renames or deletes."""
    if conversation.is_direct:
        raise Conflict("A direct conversation cannot be changed; archive it instead.")


def check_may(conversation: Conversation, act: Act, on: str | None = None) -> None:
    """Raises PermissionDenied when the viewer's role does not allow it."""
    if not permissions.may(conversation.mine.role, act, on):
        raise PermissionDenied("Your role in this group does not allow that.")


def _start(conversation: Conversation, viewer: User, others: list[User], role: str) -> Conversation:
    now = timezone.now()
    conversation.created_by = viewer
    conversation.created_at = conversation.updated_at = conversation.last_activity_at = now
    conversation.participant_count = len(others) + 1
    conversation.last_event_sequence = 1
    with transaction.atomic():
        conversation.save(force_insert=True)
        feed.record_started(conversation)
        members = [(person, Participant.Role.MEMBER.value, 1) for person in others]
        conversation.mine, *_ = enrol(conversation, [(viewer, role, 1), *members], now)
    return conversation


def enrol(conversation: Conversation, people: list[tuple[User, str, int]], now: datetime) -> list[Participant]:
    """Lets people in: each with a role and the number of the event that says so, and with everything read."""
    return Participant.objects.bulk_create(
        Participant(
            conversation=conversation,
            user=person,
            role=role,
            joined_at=now,
            joined_at_event=event_sequence,
            last_read_sequence=conversation.last_sequence,
        )
        for person, role, event_sequence in people
    )


def _created_before(viewer: User, key: str | None, fingerprint: str) -> Conversation | None:
    if key is None:
        return None
    first = Conversation.objects.filter(created_by=viewer, idempotency_key=key).first()
    if first is None:
        return None
    check_same_input(first.input_hash, fingerprint)
    mine = Conversation.objects.visible_to(viewer).filter(pk=first.pk).first()
    if mine is None:
        raise IdempotencyKeyReused({"idempotency_key": "This key made a group that you have left since."})
    return mine
