"""Sending messages."""

from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from messaging import permissions
from messaging.idempotency import check_key, check_same_input, hash_input
from messaging.models import Conversation, Message, Participant, allot_message
from messaging.refusals import Conflict

MAX_BODY_LENGTH = 10_000


def send_message(
    *,
    viewer: User,
    conversation: Conversation,
    body: str,
    reply_to: Message | None = None,
    idempotency_key: str | None = None,
) -> Message:
    """Adds a message at the end of the conversation.

    With a key used before, the first message is returned, whatever has changed since: only a refusal makes us look, so
    that the first attempt pays nothing. Raises ValidationError, PermissionDenied, Conflict, IdempotencyKeyReused, and
    DoesNotExist when the viewer was removed in this moment.
    """
    body = body.strip()
    fingerprint = hash_input(conversation.pk, body, reply_to and reply_to.pk)
    message = Message(
        conversation=conversation,
        sender=viewer,
        body=body,
        reply_to=reply_to,
        idempotency_key=idempotency_key,
        input_hash=fingerprint,
    )
    try:
        check_key(idempotency_key)
        check_body(body)
        _check_send(viewer, conversation)
        _check_reply(conversation, reply_to)
        return _insert(message, timezone.now())
    except (ValidationError, PermissionDenied, IntegrityError):
        first = _sent_before(viewer, idempotency_key, fingerprint)
        if first is None:
            raise
        return first


def check_body(body: str) -> None:
    if not 1 <= len(body) <= MAX_BODY_LENGTH:
        raise ValidationError({"body": f"A message has 1 to {MAX_BODY_LENGTH:,} characters."})


def _check_send(viewer: User, conversation: Conversation) -> None:
    if not permissions.can_send(viewer, conversation):
        counterpart = conversation.counterpart_of(viewer)
        who = counterpart.username if counterpart else "This person"
        raise PermissionDenied(f"{who} cannot be reached.")


def _check_reply(conversation: Conversation, reply_to: Message | None) -> None:
    if reply_to is None:
        return
    if reply_to.conversation_id != conversation.pk:
        raise ValidationError({"reply_to_id": "A reply stays in the conversation of what it answers."})
    if reply_to.deleted_at is not None:
        raise Conflict({"reply_to_id": "The message to reply to has been deleted."})


def _insert(message: Message, now: datetime) -> Message:
    conversation = message.conversation
    with transaction.atomic():
        message.sequence, _ = allot_message(conversation, now)
        # Under the lock: who was removed since the conversation was found has no row to move, and nothing is sent.
        moved = Participant.objects.filter(pk=conversation.mine.pk).update(
            last_read_sequence=message.sequence, last_read_at=now
        )
        if not moved:
            raise Conversation.DoesNotExist
        message.created_at = now
        message.save(force_insert=True)
    conversation.mine.last_read_sequence, conversation.mine.last_read_at = message.sequence, now
    return message


def _sent_before(viewer: User, key: str | None, fingerprint: str) -> Message | None:
    if key is None:
        return None
    first = Message.objects.select_related("reply_to").filter(sender=viewer, idempotency_key=key).first()
    if first is not None:
        check_same_input(first.input_hash, fingerprint)
        first.sender = viewer
    return first
