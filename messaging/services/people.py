"""What becomes of conversations when an account goes."""

from datetime import datetime

from django.db import transaction
from django.db.models import Case, Value, When
from django.utils import timezone

from accounts.models import User
from messaging import feed
from messaging.feed import Kind
from messaging.models import Conversation, Participant
from messaging.services.conversations import end
from messaging.services.participants import take_out

Role = Participant.Role


def delete_account(*, person: User) -> None:
    """Erases the person with profile, sessions and participations; messages stay without a sender.

    A group whose last owner goes passes to its longest-serving admin, else member; an empty one is deleted. The other
    person of a direct conversation keeps it, and it is read-only from then on.
    """
    now = timezone.now()
    with transaction.atomic():
        User.objects.select_for_update().get(pk=person.pk)  # from here on nobody adds them anywhere
        # In the order of primary keys, so that two accounts going at once cannot wait for each other.
        theirs = person.participations.order_by("conversation_id").values_list("conversation_id", flat=True)
        for conversation_id in list(theirs):
            with feed.changing(conversation_id, person) as locked:
                _take_leave(locked, now)
        person.delete()


def _take_leave(locked: Conversation, now: datetime) -> None:
    if locked.participant_count == 1:
        end(locked, now)
        return
    take_out(locked, locked.mine, now)
    if locked.is_direct or locked.participants.filter(role=Role.OWNER).exists():
        return
    heir = (
        locked.participants.select_related("user")
        .order_by(Case(When(role=Role.ADMIN, then=Value(0)), default=Value(1)), "pk")
        .first()
    )
    if heir is not None:
        heir.role = Role.OWNER
        heir.save(update_fields=["role"])
        feed.record(locked, Kind.PARTICIPANT_CHANGED, now, people=[heir.user])
