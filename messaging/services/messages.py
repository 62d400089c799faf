"""Sending, editing and deleting messages."""

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from accounts.refusals import NotFound
from accounts.selectors import people_named
from accounts.validators import is_visible
from messaging import feed, permissions, selectors
from messaging.feed import Kind
from messaging.idempotency import check_key, check_same_input, hash_input
from messaging.models import Attachment, Conversation, Mention, Message, Participant, Revision
from messaging.refusals import Conflict, EditWindowClosed, LimitExceeded
from messaging.services.attachments import abandon, attach, find_own
from messaging.services.conversations import check_barrier

MAX_BODY_LENGTH = 10_000
MAX_REVISIONS = 100
MAX_MENTIONS = 50


def send_message(
    *,
    viewer: User,
    conversation_id: int,
    body: str,
    reply_to_id: int | None = None,
    attachment_ids: Sequence[int] = (),
    mention_ids: Sequence[int] = (),
    idempotency_key: str | None = None,
) -> Message:
    """Adds a message at the end of the conversation.

    What is text alone is written at once, and nothing is read before it: only a refusal makes us look why. With a key
    used before, the first message is returned, whatever has changed since. Raises ValidationError, NotFound,
    PermissionDenied, Conflict, LimitExceeded, IdempotencyKeyReused; and DoesNotExist or IntegrityError when the viewer
    was removed in this moment.
    """
    body = body.strip()
    mention_ids = list(dict.fromkeys(mention_ids))
    message = Message(
        conversation_id=conversation_id,
        sender=viewer,
        body=body,
        idempotency_key=idempotency_key,
    )
    if idempotency_key is not None:
        message.input_hash = hash_input(conversation_id, body, reply_to_id, list(attachment_ids), mention_ids)
    if reply_to_id is None and not attachment_ids and not mention_ids and _is_written_at_once(message):
        return message
    conversation = selectors.conversation_named(viewer, conversation_id)
    try:
        check_key(idempotency_key)
        if not (attachment_ids and not body):
            check_body(body)
        check_can_send(viewer, conversation)
        message.reply_to = _find_answered(viewer, conversation, reply_to_id)
        mentioned = _find_mentioned(viewer, conversation, mention_ids)
        attachments = find_own(viewer, attachment_ids)
        return _insert(viewer, message, mentioned, attachments)
    except (ValidationError, PermissionDenied, IntegrityError):
        first = _sent_before(viewer, conversation, message)
        if first is None:
            raise
        return first


def edit_message(*, viewer: User, message: Message, body: str) -> Message:
    """Replaces the body and keeps the old one as a revision; an unchanged body changes nothing.

    Raises ValidationError, PermissionDenied, EditWindowClosed, Conflict for a deleted message, LimitExceeded.
    """
    body = body.strip()
    if body:
        check_body(body)
    now = timezone.now()
    with feed.changing(message.conversation_id, viewer) as locked:
        message = fresh(message, locked)
        _check_can_edit(viewer, selectors.conversation_for(viewer, locked.pk), message, now)
        if message.body == body:
            return message
        if not body and not message.attachments.exists():
            check_body(body)
        if message.revisions.count() >= MAX_REVISIONS:
            raise LimitExceeded(f"A message is edited at most {MAX_REVISIONS} times.")
        Revision.objects.create(message=message, body=message.body, edited_by=viewer, edited_at=now)
        message.body, message.edited_at = body, now
        message.save(update_fields=["body", "edited_at"])
        feed.record(locked, Kind.MESSAGE_EDITED, now, message=message)
    return message


def delete_message(*, viewer: User, message: Message) -> Message:
    """Leaves a tombstone: body, revisions, reactions, mentions and files are gone for good, number and replies stay.

    Deleting it again changes nothing. Raises PermissionDenied.
    """
    now = timezone.now()
    with feed.changing(message.conversation_id, viewer) as locked:
        message = fresh(message, locked)
        if message.is_deleted:
            return message
        role = selectors.sender_roles([message]).get(message.pk, Participant.Role.MEMBER)
        if not permissions.can_delete(viewer, locked, locked.mine, message, role):
            raise PermissionDenied("Only its sender, or somebody of a higher role, deletes a message.")
        bury(locked, message, now)
    return message


def bury(locked: Conversation, message: Message, now: datetime) -> None:
    """Leaves a tombstone in a locked conversation, and tells everybody."""
    for belonging in (message.revisions, message.reactions, message.mentions):
        belonging.all().delete()
    abandon(message.attachments.all())
    message.body, message.edited_at, message.deleted_at = "", None, now
    message.save(update_fields=["body", "edited_at", "deleted_at"])
    feed.record(locked, Kind.MESSAGE_DELETED, now, message=message)


def check_body(body: str) -> None:
    if not is_visible(body) or len(body) > MAX_BODY_LENGTH:
        raise ValidationError({"body": f"A message has 1 to {MAX_BODY_LENGTH:,} characters."})


def check_can_send(viewer: User, conversation: Conversation) -> None:
    """Raises PermissionDenied when nobody would get it, Blocked when that is the viewer's own doing."""
    if not permissions.can_send(viewer, conversation):
        check_barrier(conversation.counterpart_of(viewer), conversation.barrier)


def _find_answered(viewer: User, conversation: Conversation, pk: int | None) -> Message | None:
    if pk is None:
        return None
    answered = selectors.messages_for(viewer).filter(pk=pk).first()
    if answered is None:
        raise NotFound({"reply_to_id": "Not found."})
    if answered.conversation_id != conversation.pk:
        raise ValidationError({"reply_to_id": "A reply stays in the conversation of what it answers."})
    if answered.is_deleted:
        raise Conflict({"reply_to_id": "The message to reply to has been deleted."})
    return answered


def _find_mentioned(viewer: User, conversation: Conversation, keys: Sequence[int]) -> list[User]:
    """The people of these primary keys, all of whom must take part."""
    if len(keys) > MAX_MENTIONS:
        raise LimitExceeded({"mention_ids": f"A message mentions at most {MAX_MENTIONS} people."})
    if not keys:
        return []
    parts = selectors.participants_in([conversation], keys).select_related("user")
    there = {part.user_id: part.user for part in parts}
    if len(there) < len(keys):
        people_named(viewer, keys, "mention_ids")  # who is not there at all is not found
        raise ValidationError(
            {
                f"mention_ids.{place}": "Only who takes part can be mentioned."
                for place, key in enumerate(keys)
                if key not in there
            }
        )
    return [there[key] for key in keys]


def _check_can_edit(viewer: User, conversation: Conversation, message: Message, now: datetime) -> None:
    if message.sender_id != viewer.pk:
        raise PermissionDenied("Only its sender edits a message.")
    if message.is_deleted:
        raise Conflict("This message has been deleted.")
    if not permissions.edit_window_is_open(message, now):
        raise EditWindowClosed("It is too late to edit this message.")
    check_can_send(viewer, conversation)


def _is_written_at_once(message: Message) -> bool:
    try:
        check_key(message.idempotency_key)
        check_body(message.body)
        return feed.write_message(message, timezone.now())
    except (ValidationError, IntegrityError):
        return False


def _insert(viewer: User, message: Message, mentioned: Sequence[User], attachments: Sequence[Attachment]) -> Message:
    if not mentioned and not attachments:
        _write(viewer, message)
        return message
    with transaction.atomic():
        _write(viewer, message)
        if mentioned:
            Mention.objects.bulk_create(Mention(message=message, user=person) for person in mentioned)
        if attachments:
            attach(message, attachments)
    return message


def _write(viewer: User, message: Message) -> None:
    """Raises PermissionDenied; and DoesNotExist or IntegrityError when the viewer was removed in this moment."""
    if feed.write_message(message, timezone.now()):
        return
    with feed.locking(message.conversation_id):
        if not feed.write_message(message, timezone.now()):
            check_can_send(viewer, selectors.conversation_for(viewer, message.conversation_id))
            raise Conversation.DoesNotExist


def _sent_before(viewer: User, conversation: Conversation, message: Message) -> Message | None:
    key = message.idempotency_key
    if key is None:
        return None
    first = Message.objects.select_related("reply_to").filter(sender=viewer, idempotency_key=key).first()
    if first is not None:
        check_same_input(first.input_hash, message.input_hash)
        first.sender, first.conversation = viewer, conversation  # the same input names the same one
    return first


def fresh(message: Message, locked: Conversation) -> Message:
    """The message as it is now that its conversation is locked, in the place where a page may look for it."""
    current = Message.objects.select_related("sender", "reply_to").get(pk=message.pk)
    current.conversation = locked
    return current
