"""What the staff of the house do to conversations, in the admin: not as participants, and without a part in any.

Every change is the same inner step as the participants' own verb, under the same lock and with the same events, so that
live clients see it. What a role would allow is not asked; what the state of things forbids stays forbidden. Which staff
may do what is said by Django's model permissions, which the admin asks.
"""

from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.models import User
from accounts.permissions import can_moderate
from messaging import feed
from messaging.models import Conversation, Message, Participant
from messaging.refusals import Conflict
from messaging.services.conversations import check_group, clean_title, end, rename
from messaging.services.messages import bury, fresh
from messaging.services.participants import depart, give_role, let_in


def rename_conversation(*, staff: User, conversation: Conversation, title: str) -> None:
    """Raises ValidationError, PermissionDenied, Conflict for a direct conversation."""
    check_staff(staff)
    title = clean_title(title)
    with feed.locking(conversation.pk) as locked:
        check_group(locked)
        rename(locked, title, timezone.now())


def end_conversation(*, staff: User, conversation: Conversation) -> None:
    """Ends it for everybody, with all its messages; a direct one too: its two people can start anew."""
    check_staff(staff)
    with feed.locking(conversation.pk) as locked:
        end(locked, timezone.now())


def add_participant(*, staff: User, conversation: Conversation, person: User, role: str) -> Participant:
    """Raises PermissionDenied, LimitExceeded, Conflict for a direct conversation and for who is in it already."""
    check_staff(staff)
    with feed.locking(conversation.pk) as locked:
        check_group(locked)
        new = let_in(locked, [person], timezone.now(), by=staff, role=role)
        if not new:
            raise Conflict({"user": f"{person.username} takes part already."})
    return new[0]


def remove_participant(*, staff: User, participant: Participant) -> None:
    """If this was the last owner, the group passes on. Raises PermissionDenied, Conflict for a direct conversation."""
    check_staff(staff)
    with feed.locking(participant.conversation_id) as locked:
        check_group(locked)
        depart(locked, locked.participants.select_related("user").get(pk=participant.pk), timezone.now())


def change_role(*, staff: User, participant: Participant, role: str) -> None:
    """Raises PermissionDenied, LastOwner, Conflict for a direct conversation."""
    check_staff(staff)
    with feed.locking(participant.conversation_id) as locked:
        check_group(locked)
        theirs = locked.participants.select_related("user").get(pk=participant.pk)
        give_role(locked, theirs, role, timezone.now())


def delete_message(*, staff: User, message: Message) -> None:
    """Leaves a tombstone; deleting it again changes nothing. Raises PermissionDenied."""
    check_staff(staff)
    with feed.locking(message.conversation_id) as locked:
        message = fresh(message, locked)
        if not message.is_deleted:
            bury(locked, message, timezone.now())


def check_staff(person: User) -> None:
    if not can_moderate(person):
        raise PermissionDenied("Only the staff of the house may do that.")
