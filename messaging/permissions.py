"""What may be: short predicates. Services ask them before they act, and `viewerCan…` is the same predicate."""

from accounts.models import User
from messaging.models import Conversation, Participant

Role = Participant.Role


def can_send(viewer: User, conversation: Conversation) -> bool:
    """In a group, whoever takes part; in a direct conversation, while the other's account is there and active."""
    if conversation.kind == Conversation.Kind.GROUP:
        return True
    counterpart = conversation.counterpart_of(viewer)
    return counterpart is not None and counterpart.is_active


def can_manage(conversation: Conversation, mine: Participant) -> bool:
    """Rename a group, add and remove people."""
    return conversation.kind == Conversation.Kind.GROUP and mine.role in (Role.OWNER, Role.ADMIN)
