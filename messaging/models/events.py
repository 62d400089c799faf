"""The log of what happened, from which every client learns it."""

from django.db import models
from django.db.models import Q
from django.utils import timezone


class Event(models.Model):
    """One change of a conversation, written in the transaction of the change.

    `sequence` counts 1, 2, 3 … in its conversation, without a gap; personal events (`recipient_id`) and read marks have
    none. `position` orders the whole feed and is given after the commit. There are no foreign keys: an event outlives
    what it tells about.
    """

    class Kind(models.TextChoices):
        MESSAGE_SENT = "MessageSent"
        MESSAGE_EDITED = "MessageEdited"
        MESSAGE_DELETED = "MessageDeleted"
        MESSAGES_READ = "MessagesRead"
        CONVERSATION_STARTED = "ConversationStarted"
        CONVERSATION_UPDATED = "ConversationUpdated"
        CONVERSATION_ENDED = "ConversationEnded"
        PARTICIPANT_JOINED = "ParticipantJoined"
        PARTICIPANT_LEFT = "ParticipantLeft"
        PARTICIPANT_CHANGED = "ParticipantChanged"

    conversation_id = models.BigIntegerField()
    sequence = models.PositiveIntegerField(null=True)
    position = models.BigIntegerField(null=True, unique=True)
    recipient_id = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=32, choices=Kind)
    message_id = models.BigIntegerField(null=True)
    person_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation_id", "sequence"], name="event_sequence_unique"),
        ]
        indexes = [
            models.Index("conversation_id", "position", name="event_of_all", condition=Q(recipient_id=None)),
            models.Index("recipient_id", "position", name="event_of_one", condition=Q(recipient_id__isnull=False)),
            models.Index("id", name="event_unnumbered", condition=Q(position=None)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
