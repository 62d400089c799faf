"""What people say to each other: conversations, who takes part, messages, and the log of what happened.

Every private model's QuerySet has `visible_to(viewer)`, the one rule of reading: a person sees a conversation, its people
and its messages only while a participant. Whatever is reached by another path asks the same method.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db import connection, models
from django.db.models import F, FilteredRelation, Q
from django.utils import timezone

from accounts.models import User
from accounts.validators import no_control_characters


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def visible_to(self, viewer: User) -> ConversationQuerySet:
        """Those the viewer takes part in, each with the viewer's own participation as `mine`, in the same statement."""
        return (
            self.alias(mine=FilteredRelation("participants", condition=Q(participants__user=viewer)))
            .filter(mine__isnull=False)
            .select_related("mine")
        )


class Conversation(models.Model):
    """A direct conversation of exactly two people, or a group."""

    class Kind(models.TextChoices):
        DIRECT = "DIRECT"
        GROUP = "GROUP"

    kind = models.CharField(max_length=6, choices=Kind)
    title = models.CharField(max_length=100, blank=True, validators=[no_control_characters])
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now)
    last_activity_at = models.DateTimeField(default=timezone.now)
    last_sequence = models.PositiveIntegerField(default=0)
    last_event_sequence = models.PositiveIntegerField(default=0)
    participant_count = models.PositiveIntegerField(default=0)
    # The two people of a DIRECT one, the lower primary key first: this is what makes it the only one of the pair.
    direct_low = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    direct_high = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    idempotency_key = models.CharField(max_length=100, null=True, blank=True)
    input_hash = models.CharField(max_length=64, blank=True)

    objects = ConversationQuerySet.as_manager()

    mine: Participant
    """The viewer's own participation; there when the row was found by `visible_to`."""

    class Meta:
        base_manager_name = "objects"
        constraints = [
            models.UniqueConstraint(fields=["direct_low", "direct_high"], name="conversation_one_direct_of_a_pair"),
            models.UniqueConstraint(fields=["created_by", "idempotency_key"], name="conversation_key_unique"),
            models.CheckConstraint(
                condition=Q(kind="DIRECT", title="") | Q(kind="GROUP", direct_low=None, direct_high=None),
                name="conversation_kind_fits",
            ),
        ]

    def __str__(self) -> str:
        return self.title or f"{self.kind.lower()} conversation {self.pk}"

    def counterpart_of(self, viewer: User) -> User | None:
        """The other person of a DIRECT conversation; None in a group, and once the other's account is deleted."""
        return self.direct_high if self.direct_low_id == viewer.pk else self.direct_low


class Allotment(NamedTuple):
    """The numbers that one change of a conversation was given."""

    sequence: int
    event_sequence: int


def allot_message(conversation: Conversation, now: datetime) -> Allotment:
    """Takes the conversation's row lock and the next numbers for a message and its event, in one statement.

    The lock is held to the end of the transaction, which must insert the message: that is why sequences have no gap and
    why their order is the order of commits (docs/decisions/0002-sequence-numbers.md). Raises Conversation.DoesNotExist.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE messaging_conversation SET last_sequence = last_sequence + 1,"
            " last_event_sequence = last_event_sequence + 1, last_activity_at = %s"
            " WHERE id = %s RETURNING last_sequence, last_event_sequence",
            [connection.ops.adapt_datetimefield_value(now), conversation.pk],
        )
        row = cursor.fetchone()
    if row is None:
        raise Conversation.DoesNotExist
    conversation.last_sequence, conversation.last_event_sequence = row
    conversation.last_activity_at = now
    return Allotment(*row)


class ParticipantQuerySet(models.QuerySet["Participant"]):
    def visible_to(self, viewer: User) -> ParticipantQuerySet:
        return self.filter(conversation__participants__user=viewer)


class Participant(models.Model):
    """One person's part in one conversation: role, read mark, and what they keep to themselves."""

    class Role(models.TextChoices):
        OWNER = "OWNER"
        ADMIN = "ADMIN"
        MEMBER = "MEMBER"

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="participants")
    user = models.ForeignKey(User, models.CASCADE, related_name="participations")
    role = models.CharField(max_length=6, choices=Role, default=Role.MEMBER)
    joined_at = models.DateTimeField(default=timezone.now)
    joined_at_event = models.PositiveIntegerField(default=0)
    last_read_sequence = models.PositiveIntegerField(default=0)
    last_read_at = models.DateTimeField(null=True, blank=True)
    muted_until = models.DateTimeField(null=True, blank=True)
    # Archived as of this message: a newer one brings the conversation back without a write.
    archived_at_sequence = models.PositiveIntegerField(null=True, blank=True)
    is_pinned = models.BooleanField(default=False)

    objects = ParticipantQuerySet.as_manager()

    class Meta:
        base_manager_name = "objects"
        constraints = [
            models.UniqueConstraint(fields=["conversation", "user"], name="participant_once"),
        ]

    def __str__(self) -> str:
        return f"participant {self.pk}"


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, viewer: User) -> MessageQuerySet:
        return self.filter(conversation__participants__user=viewer)

    def last_of(self, conversations: list[Conversation]) -> MessageQuerySet:
        """The newest message of each, found by its number."""
        return self.filter(
            conversation__in=[conversation.pk for conversation in conversations],
            sequence=F("conversation__last_sequence"),
        )


class Message(models.Model):
    """One message. Its `sequence` is its place: 1, 2, 3 … in its conversation, without a gap."""

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="messages")
    sequence = models.PositiveIntegerField()
    sender = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    reply_to = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="replies")
    idempotency_key = models.CharField(max_length=100, null=True, blank=True)
    input_hash = models.CharField(max_length=64, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        base_manager_name = "objects"
        constraints = [
            models.UniqueConstraint(fields=["conversation", "sequence"], name="message_sequence_unique"),
            models.UniqueConstraint(fields=["sender", "idempotency_key"], name="message_key_unique"),
        ]

    def __str__(self) -> str:
        return f"message {self.pk}"
