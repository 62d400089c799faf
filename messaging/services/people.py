"""What becomes of conversations when an account goes, and when somebody wants to have nothing to do with somebody."""

from contextlib import suppress
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.avatars import remove_after_commit
from accounts.models import User
from accounts.passwords import check_own_password
from accounts.services.blocking import block
from messaging import feed
from messaging.models import Attachment, Conversation, Participant
from messaging.services.attachments import abandon
from messaging.services.conversations import pair_of
from messaging.services.participants import depart


def delete_account(*, viewer: User, password: str) -> None:
    """Erases one's own account, see `erase_account`. Raises InvalidCredentials, LockedOut."""
    check_own_password(viewer, password, "password")
    erase_account(person=viewer)


def erase_account(*, person: User) -> None:
    """Erases the person with profile, avatar, sessions, participations and what was not sent yet; messages stay without
    a sender.

    A group whose last owner goes passes to its longest-serving admin, else member; an empty one is deleted. The other
    person of a direct conversation keeps it, and it is read-only from then on.
    """
    now = timezone.now()
    with transaction.atomic():
        _leave_everything(person, now)
        # From here on nobody adds them anywhere. Taken last: a change of a conversation may wait for its people's rows.
        locked = User.objects.select_for_update().get(pk=person.pk)
        _leave_everything(person, now)  # what they were added to in between
        abandon(Attachment.objects.filter(uploader=person, message=None))
        remove_after_commit(locked.avatar)
        person.delete()


def block_user(*, viewer: User, person: User) -> User:
    """From its answer on the person writes nothing more to the viewer: their direct conversation is locked meanwhile,
    so that a message that is being sent is there before, or is refused. Raises ValidationError for oneself."""
    low, high = pair_of(viewer, person)
    with transaction.atomic():
        # Written, and not only locked: so a message that waits for it notices (`feed.write_message`).
        Conversation.objects.filter(direct_low=low, direct_high=high).update(updated_at=F("updated_at"))
        block(viewer=viewer, person=person)
    return person


def _leave_everything(person: User, now: datetime) -> None:
    # In the order of primary keys, so that two accounts going at once cannot wait for each other.
    theirs = person.participations.order_by("conversation_id").values_list("conversation_id", flat=True)
    for conversation_id in list(theirs):
        # A group that ended, or that they were taken out of, in this moment is one less to leave.
        gone = suppress(Conversation.DoesNotExist, Participant.DoesNotExist)
        with gone, feed.changing(conversation_id, person) as locked:
            depart(locked, locked.mine, now)
