"""Starting conversations."""

from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.validators import check_field
from messaging.idempotency import check_key, check_same_input, hash_input
from messaging.models import Conversation, Participant
from messaging.refusals import LimitExceeded

MAX_TITLE_LENGTH = 100
MAX_PARTICIPANTS = 1_000
Kind, Role = Conversation.Kind, Participant.Role


def start_direct_conversation(*, viewer: User, person: User) -> Conversation:
    """The one conversation of the two, made on first use. Raises ValidationError for oneself, PermissionDenied."""
    if person.pk == viewer.pk:
        raise ValidationError({"user_id": "Nobody has a direct conversation with themselves."})
    check_reachable(person)
    pair = _pair(viewer, person)
    existing = Conversation.objects.visible_to(viewer).filter(**pair).first()
    if existing is not None:
        return existing
    try:
        with transaction.atomic():
            conversation = Conversation.objects.create(kind=Kind.DIRECT, created_by=viewer, participant_count=2, **pair)
            _enrol(conversation, viewer, [person], Role.MEMBER, conversation.created_at)
            return conversation
    except IntegrityError:  # the other side started it in this moment
        return Conversation.objects.visible_to(viewer).get(**pair)


def create_conversation(
    *, viewer: User, title: str, people: list[User], idempotency_key: str | None = None
) -> Conversation:
    """A group with these people, of which the viewer is the owner. The same key again returns the first one."""
    title = clean_title(title)
    check_key(idempotency_key)
    others = [person for person in dict.fromkeys(people) if person.pk != viewer.pk]
    fingerprint = hash_input(title, sorted(person.pk for person in others))
    first = _created_before(viewer, idempotency_key, fingerprint)
    if first is not None:
        return first
    if len(others) + 1 > MAX_PARTICIPANTS:
        raise LimitExceeded({"participant_ids": f"A group has at most {MAX_PARTICIPANTS:,} people."})
    for person in others:
        check_reachable(person)
    try:
        with transaction.atomic():
            conversation = Conversation.objects.create(
                kind=Kind.GROUP,
                title=title,
                created_by=viewer,
                participant_count=len(others) + 1,
                idempotency_key=idempotency_key,
                input_hash=fingerprint,
            )
            _enrol(conversation, viewer, others, Role.OWNER, conversation.created_at)
            return conversation
    except IntegrityError:  # the same key, in the same moment
        first = _created_before(viewer, idempotency_key, fingerprint)
        if first is None:
            raise
        return first


def clean_title(title: str) -> str:
    """The title without white space at its ends. Raises ValidationError."""
    title = title.strip()
    if not 1 <= len(title) <= MAX_TITLE_LENGTH:
        raise ValidationError({"title": f"A title has 1 to {MAX_TITLE_LENGTH} characters."})
    check_field(Conversation, "title", title)
    return title


def check_reachable(person: User) -> None:
    """Raises PermissionDenied when nobody can talk to this person."""
    if not person.is_active:
        raise PermissionDenied(f"{person.username} cannot be reached.")


def _pair(viewer: User, person: User) -> dict[str, User]:
    low, high = sorted((viewer, person), key=lambda one: one.pk)
    return {"direct_low": low, "direct_high": high}


def _created_before(viewer: User, key: str | None, fingerprint: str) -> Conversation | None:
    if key is None:
        return None
    first = Conversation.objects.visible_to(viewer).filter(created_by=viewer, idempotency_key=key).first()
    if first is not None:
        check_same_input(first.input_hash, fingerprint)
    return first


def _enrol(conversation: Conversation, viewer: User, others: list[User], role: str, now: datetime) -> None:
    mine, *_ = Participant.objects.bulk_create(
        [
            Participant(conversation=conversation, user=viewer, role=role, joined_at=now),
            *(Participant(conversation=conversation, user=person, joined_at=now) for person in others),
        ]
    )
    conversation.mine = mine
