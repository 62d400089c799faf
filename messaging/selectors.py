"""What this person can find: viewer in, what they may see out. Not yours and not there are the same."""

from collections.abc import Iterable

from django.db.models import QuerySet

from accounts.models import User
from messaging.models import Conversation, Message, Participant


def conversations_for(viewer: User) -> QuerySet[Conversation]:
    """The viewer's inbox, each conversation with the viewer's own participation."""
    return Conversation.objects.visible_to(viewer)


def conversation_for(viewer: User, pk: int) -> Conversation:
    """With both people of a direct conversation, whose accounts decide whether one can write. Raises DoesNotExist."""
    return Conversation.objects.visible_to(viewer).select_related("mine", "direct_low", "direct_high").get(pk=pk)


def messages_for(viewer: User) -> QuerySet[Message]:
    """Every message the viewer may read, with its sender."""
    return Message.objects.visible_to(viewer).select_related("sender")


def participants_of(conversations: Iterable[Conversation], role: str | None = None) -> QuerySet[Participant]:
    """The people of conversations that the viewer was shown."""
    found = Participant.objects.filter(conversation__in=_keys(conversations)).select_related("user")
    return found.filter(role=role) if role else found


def messages_of(conversations: Iterable[Conversation]) -> QuerySet[Message]:
    """The messages of conversations that the viewer was shown, with sender and what they answer: one join each."""
    return Message.objects.filter(conversation__in=_keys(conversations)).select_related("sender", "reply_to")


def last_messages(conversations: Iterable[Conversation]) -> QuerySet[Message]:
    """The newest message of each."""
    return Message.objects.last_of(list(conversations)).select_related("sender")


def _keys(conversations: Iterable[Conversation]) -> list[int]:
    return [conversation.pk for conversation in conversations]
