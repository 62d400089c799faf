"""Saying that one is typing. Nothing is stored: it goes from process to process and is forgotten."""

from accounts.models import User
from messaging.hints import TYPING, Hint, publish
from messaging.models import Conversation
from messaging.services.messages import check_can_send


def set_typing(*, viewer: User, conversation: Conversation, is_typing: bool) -> None:
    """Told to the others in the conversation; ends by itself after 6 seconds. Raises PermissionDenied,
    Blocked."""
    check_can_send(viewer, conversation)
    publish(Hint(TYPING, (viewer.pk, conversation.pk, int(is_typing))))
