"""Who takes part in a group, and in which role."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import User
from accounts.refusals import NotFound
from messaging import feed
from messaging.feed import Kind
from messaging.models import Conversation, Participant
from messaging.permissions import Act
from messaging.refusals import LastOwner
from messaging.services.conversations import check_group, check_may, check_reachable, check_room, end, enrol

Role = Participant.Role


def add_participants(*, viewer: User, conversation: Conversation, people: list[User]) -> Conversation:
    """Adds people to a group; who is in it already stays as they are.

    Raises PermissionDenied, Conflict for a direct conversation, LimitExceeded.
    """
    now = timezone.now()
    with feed.changing(conversation.pk, viewer) as locked:
        check_group(locked)
        check_may(locked, Act.ADD)
        there = set(locked.participants.filter(user__in=people).values_list("user_id", flat=True))
        new = [person for person in dict.fromkeys(people) if person.pk not in there]
        check_room(locked.participant_count + len(new), "user_ids")
        for person in new:
            check_reachable(person)
        if new:
            locked.updated_at = now
            locked.participant_count += len(new)
            numbers = feed.record(locked, Kind.PARTICIPANT_JOINED, now, people=new)
            enrol(locked, [(person, Role.MEMBER, number) for person, number in zip(new, numbers, strict=True)], now)
    return locked


def remove_participant(*, viewer: User, conversation: Conversation, person: User) -> Conversation:
    """Takes somebody of a lower role out of a group. Raises NotFound, PermissionDenied, Conflict."""
    now = timezone.now()
    with feed.changing(conversation.pk, viewer) as locked:
        check_group(locked)
        if person.pk == viewer.pk:
            raise ValidationError({"user_id": "To go yourself, use leaveConversation."})
        theirs = _participant(locked, person)
        check_may(locked, Act.REMOVE, on=theirs.role)
        take_out(locked, theirs, now)
    return locked


def change_role(*, viewer: User, conversation: Conversation, person: User, role: str) -> Conversation:
    """Gives somebody of a lower role another one, OWNER included; or an owner steps down, if another stays.

    Raises NotFound, PermissionDenied, Conflict, LastOwner.
    """
    now = timezone.now()
    with feed.changing(conversation.pk, viewer) as locked:
        check_group(locked)
        theirs = _participant(locked, person)
        check_may(locked, Act.CHANGE_ROLE, on=None if person.pk == viewer.pk else theirs.role)
        if theirs.role == role:
            return locked
        if theirs.role == Role.OWNER:
            _check_other_owner(locked, theirs)
        theirs.role = role
        theirs.save(update_fields=["role"])
        if person.pk == viewer.pk:
            locked.mine = theirs
        locked.updated_at = now
        feed.record(locked, Kind.PARTICIPANT_CHANGED, now, people=[person])
    return locked


def leave_conversation(*, viewer: User, conversation: Conversation) -> None:
    """Goes. The last owner hands over first (LastOwner); who is alone takes the group along. Raises Conflict."""
    now = timezone.now()
    with feed.changing(conversation.pk, viewer) as locked:
        check_group(locked)
        if locked.participant_count == 1:
            end(locked, now)
            return
        if locked.mine.role == Role.OWNER:
            _check_other_owner(locked, locked.mine)
        take_out(locked, locked.mine, now)


def take_out(locked: Conversation, participant: Participant, now: datetime) -> None:
    """Ends somebody's part in a locked conversation, and tells them and the others."""
    participant.delete()
    locked.updated_at = now
    locked.participant_count -= 1
    feed.record(locked, Kind.PARTICIPANT_LEFT, now, people=[participant.user])
    feed.record_for([participant.user], locked, Kind.CONVERSATION_ENDED, now)


def _participant(conversation: Conversation, person: User) -> Participant:
    theirs = conversation.participants.select_related("user").filter(user=person).first()
    if theirs is None:
        raise NotFound({"user_id": "Not found."})
    return theirs


def _check_other_owner(conversation: Conversation, owner: Participant) -> None:
    if not conversation.participants.filter(role=Role.OWNER).exclude(pk=owner.pk).exists():
        raise LastOwner("The last owner must hand over first: make somebody else OWNER.")
