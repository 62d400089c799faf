"""Conversations, and each person's part in them."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import models
from django.db.models import FilteredRelation, Q
from django.utils import timezone

from accounts.blocks import Barrier
from accounts.models import User
from accounts.validators import no_control_characters
from rows import Row

Rows = TypeVar("Rows", bound=models.QuerySet[Any])


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def visible_to(self, viewer: User) -> ConversationQuerySet:
        """Those the viewer takes part in, each with the viewer's own participation as `mine`, in the same statement."""
        everything: Any = self  # django-stubs cannot follow a FilteredRelation
        mine = FilteredRelation("participants", condition=Q(participants__user=viewer))
        return everything.alias(mine=mine).filter(mine__isnull=False).select_related("mine")  # type: ignore[no-any-return]


class Conversation(Row):
    """A direct conversation of exactly two people, or a group."""

    class Kind(models.TextChoices):
        DIRECT = "DIRECT"
        GROUP = "GROUP"

    kind = models.CharField(max_length=6, choices=Kind)
    title = models.CharField(max_length=100, blank=True, validators=[no_control_characters])
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now)
    last_activity_at = models.DateTimeField(default=timezone.now)
    last_sequence = models.PositiveIntegerField(default=0)
    last_event_sequence = models.PositiveIntegerField(default=0)
    participant_count = models.PositiveIntegerField(default=0)
    # The two people of a DIRECT one, the lower primary key first: this is what makes it the only one of the pair.
    direct_low = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False)
    direct_high = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    idempotency_key = models.CharField(max_length=100, null=True, blank=True)
    input_hash = models.CharField(max_length=64, blank=True)

    objects = ConversationQuerySet.as_manager()

    mine: Participant
    """The viewer's own part in it, on a row that `visible_to` found."""
    barrier: Barrier | None
    """What stands between the two of a DIRECT one, where its two people came with it."""

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

    @property
    def is_direct(self) -> bool:
        return self.kind == self.Kind.DIRECT

    def counterpart_of(self, viewer: User) -> User | None:
        """The other person of a DIRECT conversation; None in a group, and once the other's account is deleted."""
        return self.direct_high if self.direct_low_id == viewer.pk else self.direct_low


def with_conversation(rows: Rows, viewer: User) -> Rows:
    """Of rows that belong to a conversation those of the viewer's, each with its `conversation`, and in that `mine`."""
    everything: Any = rows
    mine = FilteredRelation("conversation__participants", condition=Q(conversation__participants__user=viewer))
    return everything.alias(mine=mine).filter(mine__isnull=False).select_related("conversation", "mine")  # type: ignore[no-any-return]


class ParticipantQuerySet(models.QuerySet["Participant"]):
    def visible_to(self, viewer: User) -> ParticipantQuerySet:
        """Those in the viewer's conversations, each with its conversation, the viewer's part in it, and its person."""
        return with_conversation(self, viewer).select_related("user")


class Participant(Row):
    """One person's part in one conversation: role, read mark, and what they keep to themselves."""

    class Role(models.TextChoices):
        OWNER = "OWNER"
        ADMIN = "ADMIN"
        MEMBER = "MEMBER"

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="participants", db_index=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="participations")
    role = models.CharField(max_length=6, choices=Role, default=Role.MEMBER)
    joined_at = models.DateTimeField(default=timezone.now)
    # The conversation's event by which the person came in: earlier ones are not theirs to replay.
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
        constraints = [models.UniqueConstraint(fields=["conversation", "user"], name="participant_once")]
        indexes = [models.Index("conversation", "id", name="participant_by_joining")]

    def __str__(self) -> str:
        return f"participant {self.pk}"

    @property
    def mine(self) -> Participant:
        """The viewer's own part in the same conversation, on a row that `visible_to` found."""
        return self.conversation.mine

    @mine.setter
    def mine(self, participant: Participant) -> None:
        self.conversation.mine = participant

    def is_archived_in(self, conversation: Conversation) -> bool:
        return self.archived_at_sequence is not None and self.archived_at_sequence >= conversation.last_sequence
