"""Messages, and what they said before they were edited."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from accounts.models import User
from messaging.models.conversations import Conversation, Participant, with_conversation
from rows import Row


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, viewer: User) -> MessageQuerySet:
        """Those in the viewer's conversations, each with its conversation and the viewer's own part in it: in the same
        statement, for a moment later it may be gone."""
        return with_conversation(self, viewer)


class Message(Row):
    """One message. Its `sequence` is its place: 1, 2, 3 … in its conversation, without a gap."""

    # Neither key needs an index of its own: the constraints and the index below begin with them.
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="messages", db_index=False)
    sequence = models.PositiveIntegerField()
    sender = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", db_index=False)
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
        # Ids grow with the sequence within a conversation, and order the newest of several conversations.
        indexes = [models.Index("conversation", "id", name="message_by_age")]

    def __str__(self) -> str:
        return f"message {self.pk}"

    @property
    def mine(self) -> Participant:
        """The viewer's own part in its conversation, on a row that `visible_to` found."""
        return self.conversation.mine

    @mine.setter
    def mine(self, participant: Participant) -> None:
        self.conversation.mine = participant

    @property
    def is_deleted(self) -> bool:
        return self.deleted_at is not None

    @property
    def is_edited(self) -> bool:
        return self.edited_at is not None


class RevisionQuerySet(models.QuerySet["Revision"]):
    def visible_to(self, viewer: User) -> RevisionQuerySet:
        return self.filter(message__conversation__participants__user=viewer)


class Revision(Row):
    """What a message said before it was edited, and who replaced it when."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="revisions")
    body = models.TextField()
    edited_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    edited_at = models.DateTimeField()

    objects = RevisionQuerySet.as_manager()

    class Meta:
        base_manager_name = "objects"

    def __str__(self) -> str:
        return f"revision {self.pk}"
