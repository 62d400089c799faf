"""What people do with a conversation for themselves: read, mute, archive, pin. None of it locks the conversation."""

from datetime import datetime
from typing import Any, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from messaging import feed, selectors
from messaging.feed import Kind
from messaging.models import Conversation, Message, Participant


class Preferences(TypedDict, total=False):
    """What is left out stays as it is."""

    muted_until: datetime | None
    is_archived: bool
    is_pinned: bool


def mark_read(*, viewer: User, conversation: Conversation, up_to: Message | None = None) -> Participant:
    """Moves the viewer's mark forward to a message, or to the newest; never back. Raises ValidationError, and
    DoesNotExist when the viewer was removed in this moment."""
    if up_to is not None and up_to.conversation_id != conversation.pk:
        raise ValidationError({"up_to_message_id": "This message is of another conversation."})
    mine = conversation.mine
    mark = conversation.last_sequence if up_to is None else up_to.sequence
    now = timezone.now()
    with transaction.atomic():
        moved = Participant.objects.filter(pk=mine.pk, last_read_sequence__lt=mark).update(
            last_read_sequence=mark, last_read_at=now
        )
        if moved:
            feed.record_read(conversation, viewer, now)
    return selectors.conversation_for(viewer, conversation.pk).mine


def update_participation(
    *, viewer: User, conversation: Conversation, **preferences: Unpack[Preferences]
) -> Participant:
    """Mutes, archives, pins: for the viewer alone, told to their own devices. What changes nothing is not told.

    Writes only what changes: another device may change the rest at the same time. Raises DoesNotExist when the viewer
    was removed in this moment.
    """
    mine = conversation.mine
    changed = _changed_columns(conversation, preferences)
    if not changed:
        return mine
    with transaction.atomic():
        if not Participant.objects.filter(pk=mine.pk).update(**changed):
            raise Participant.DoesNotExist
        feed.record_for([viewer], conversation, Kind.PARTICIPANT_CHANGED, timezone.now())
    for name, value in changed.items():
        setattr(mine, name, value)
    return mine


def _changed_columns(conversation: Conversation, preferences: Preferences) -> dict[str, Any]:
    mine = conversation.mine
    columns: dict[str, Any] = {name: preferences[name] for name in ("muted_until", "is_pinned") if name in preferences}
    if "is_archived" in preferences and preferences["is_archived"] != mine.is_archived_in(conversation):
        columns["archived_at_sequence"] = conversation.last_sequence if preferences["is_archived"] else None
    return {name: value for name, value in columns.items() if getattr(mine, name) != value}
