"""Who takes part in a group, and in which role."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db.models import Case, Value, When
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

    Raises PermissionDenied, Blocked, Conflict for a direct conversation, LimitExceeded.
    """
    now = timezone.now()
    with feed.changing(conversation.pk, viewer) as locked:
        check_group(locked)
        check_may(locked, Act.ADD)
        let_in(locked, people, now, by=viewer)
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
        give_role(locked, theirs, role, now)
        if person.pk == viewer.pk:
            locked.mine = theirs
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


# ── what the other verbs share: each a change of a locked conversation, and its events ───────────────────────────────


def let_in(
    locked: Conversation, people: list[User], now: datetime, *, by: User, role: str = Role.MEMBER
) -> list[Participant]:
    """Lets in those who are not there yet. Raises LimitExceeded, and PermissionDenied or Blocked for who cannot be
    reached by the one who adds them."""
    there = set(locked.participants.filter(user__in=people).values_list("user_id", flat=True))
    new = [person for person in dict.fromkeys(people) if person.pk not in there]
    check_room(locked.participant_count + len(new), "user_ids")
    check_reachable(by, new)
    if not new:
        return []
    locked.updated_at = now
    locked.participant_count += len(new)
    numbers = feed.record(locked, Kind.PARTICIPANT_JOINED, now, people=new)
    return enrol(locked, [(person, role, number) for person, number in zip(new, numbers, strict=True)], now)


def give_role(locked: Conversation, participant: Participant, role: str, now: datetime) -> None:
    """Raises LastOwner when the group would be left without an owner; the same role changes nothing."""
    if participant.role == role:
        return
    if participant.role == Role.OWNER:
        _check_other_owner(locked, participant)
    participant.role = role
    participant.save(update_fields=["role"])
    locked.updated_at = now
    feed.record(locked, Kind.PARTICIPANT_CHANGED, now, people=[participant.user])


def depart(locked: Conversation, participant: Participant, now: datetime) -> None:
    """Somebody goes who cannot be asked to hand over first.

    A group whose last owner this was passes to its longest-serving admin, else member; an empty conversation ends.
    """
    if locked.participant_count == 1:
        end(locked, now)
        return
    take_out(locked, participant, now)
    if locked.is_direct or locked.participants.filter(role=Role.OWNER).exists():
        return
    admins_first = Case(When(role=Role.ADMIN, then=Value(0)), default=Value(1))
    heir = locked.participants.select_related("user").order_by(admins_first, "pk").first()
    if heir is not None:
        give_role(locked, heir, Role.OWNER, now)


def take_out(locked: Conversation, participant: Participant, now: datetime) -> None:
    """Ends somebody's part in it, and tells them and the others."""
    participant.delete()
    locked.updated_at = now
    locked.participant_count -= 1
    # For them it ends here: their going is told to the others, even if they are let in again before it is.
    feed.record_for([participant.user], locked, Kind.CONVERSATION_ENDED, now)
    feed.record(locked, Kind.PARTICIPANT_LEFT, now, people=[participant.user])


def _participant(conversation: Conversation, person: User) -> Participant:
    theirs = conversation.participants.select_related("user").filter(user=person).first()
    if theirs is None:
        raise NotFound({"user_id": "Not found."})
    return theirs


def _check_other_owner(conversation: Conversation, owner: Participant) -> None:
    if not conversation.participants.filter(role=Role.OWNER).exclude(pk=owner.pk).exists():
        raise LastOwner("The last owner must hand over first: make somebody else OWNER.")
