"""Reactions: emoji at a message, a set for each person."""

from django.utils import timezone

from accounts.models import User
from messaging import feed, selectors
from messaging.emojis import clean_emoji
from messaging.feed import Kind
from messaging.models import Message, Reaction
from messaging.refusals import Conflict, LimitExceeded
from messaging.services.messages import check_can_send, fresh

MAX_EMOJI = 20  # different ones at a message


def add_reaction(*, viewer: User, message: Message, emoji: str) -> Message:
    """Adds the viewer's emoji; adding it twice is adding it once.

    Raises ValidationError for what is no emoji, PermissionDenied, Conflict for a deleted message, LimitExceeded.
    """
    emoji = clean_emoji(emoji)
    now = timezone.now()
    with feed.changing(message.conversation_id, viewer) as locked:
        message = fresh(message, locked)
        _check_there(message)
        check_can_send(viewer, selectors.conversation_for(viewer, locked.pk))
        groups = {group.emoji: group for group in selectors.reaction_groups([message], viewer)}
        if emoji in groups and groups[emoji].viewer_has_reacted:
            return message
        if emoji not in groups and len(groups) >= MAX_EMOJI:
            raise LimitExceeded({"emoji": f"A message has at most {MAX_EMOJI} different emoji."})
        Reaction.objects.create(message=message, user=viewer, emoji=emoji, created_at=now)
        feed.record(locked, Kind.REACTIONS_CHANGED, now, message=message)
    return message


def remove_reaction(*, viewer: User, message: Message, emoji: str) -> Message:
    """Takes the viewer's emoji back, also where one cannot write any more; what is not there changes nothing.

    Raises ValidationError for what is no emoji, Conflict for a deleted message.
    """
    emoji = clean_emoji(emoji)
    now = timezone.now()
    with feed.changing(message.conversation_id, viewer) as locked:
        message = fresh(message, locked)
        _check_there(message)
        removed, _ = message.reactions.filter(user=viewer, emoji=emoji).delete()
        if removed:
            feed.record(locked, Kind.REACTIONS_CHANGED, now, message=message)
    return message


def _check_there(message: Message) -> None:
    if message.is_deleted:
        raise Conflict("This message has been deleted.")
