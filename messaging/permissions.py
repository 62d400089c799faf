"""What may be: short predicates. Services ask them before they act, and `viewerCan…` is the same predicate.

| In a group          | OWNER | ADMIN | MEMBER |
|---------------------|-------|-------|--------|
| read, send, reply   | yes   | yes   | yes    |
| rename              | yes   | yes   |        |
| add people          | yes   | yes   |        |
| remove people       | lower | lower |        |
| delete messages     | lower | lower |        |
| change roles        | lower |       |        |
| delete the group    | yes   |       |        |

"lower": of people below one's own role; nobody acts on an equal or higher one. One's own messages anybody deletes.
In a DIRECT conversation both are MEMBER, and nothing but reading and writing is to be done.
"""

from datetime import datetime, timedelta
from enum import Enum, auto

from django.conf import settings
from django.db.models import Q

from accounts.blocks import Barrier, nothing_between
from accounts.models import User
from messaging.models import Conversation, Message, Participant

Role = Participant.Role
RANKS: dict[str, int] = {Role.MEMBER: 1, Role.ADMIN: 2, Role.OWNER: 3}


class Act(Enum):
    """What is done to a group or to somebody in it."""

    RENAME = auto()
    ADD = auto()
    REMOVE = auto()
    DELETE_MESSAGE = auto()
    CHANGE_ROLE = auto()
    DELETE = auto()


LOWEST_ROLE = {
    Act.RENAME: Role.ADMIN,
    Act.ADD: Role.ADMIN,
    Act.REMOVE: Role.ADMIN,
    Act.DELETE_MESSAGE: Role.ADMIN,
    Act.CHANGE_ROLE: Role.OWNER,
    Act.DELETE: Role.OWNER,
}


def may(role: str, act: Act, on: str | None = None) -> bool:
    """Whether somebody of this role may do it, to somebody of the role `on` where it is done to a person."""
    return RANKS[role] >= RANKS[LOWEST_ROLE[act]] and (on is None or RANKS[role] > RANKS[on])


def can_manage(conversation: Conversation, mine: Participant) -> bool:
    """Rename a group, add and remove people."""
    return not conversation.is_direct and may(mine.role, Act.RENAME)


def can_reach(person: User | None, barrier: Barrier | None) -> bool:
    """Start a conversation with somebody, write to them, add them to a group: while their account is there and active,
    and neither has blocked the other."""
    return person is not None and person.is_active and barrier is None


def can_send(viewer: User, conversation: Conversation) -> bool:
    """In a group, whoever takes part; in a direct conversation, while the other can be reached."""
    return not conversation.is_direct or can_reach(conversation.counterpart_of(viewer), conversation.barrier)


def part_can_send(viewer: User) -> Q:
    """The same within a statement, of the viewer's own part in a conversation."""
    both_are_there = Q(conversation__direct_low__is_active=True, conversation__direct_high__is_active=True)
    both_are_free = nothing_between(viewer, "conversation__direct_low", "conversation__direct_high")
    return Q(conversation__kind=Conversation.Kind.GROUP) | (both_are_there & both_are_free)


def edit_window_is_open(message: Message, now: datetime) -> bool:
    return now < message.created_at + timedelta(hours=settings.EDIT_WINDOW_HOURS)


def can_edit(viewer: User, conversation: Conversation, message: Message, now: datetime) -> bool:
    """The sender alone, within the edit window, while they can still write there."""
    return (
        message.sender_id == viewer.pk
        and not message.is_deleted
        and edit_window_is_open(message, now)
        and can_send(viewer, conversation)
    )


def can_delete(viewer: User, conversation: Conversation, mine: Participant, message: Message, sender_role: str) -> bool:
    """The sender, or somebody above the sender's role in the group; who has left or is gone counts as MEMBER."""
    if message.is_deleted:
        return False
    if message.sender_id == viewer.pk:
        return True
    return not conversation.is_direct and may(mine.role, Act.DELETE_MESSAGE, on=sender_role)
