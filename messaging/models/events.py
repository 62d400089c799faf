"""The log of what happened, from which every client learns it."""

import uuid
from datetime import datetime
from typing import NamedTuple

from django.db import models
from django.db.models import Q
from django.utils import timezone

from rows import Row


class Joined(NamedTuple):
    """Since when somebody takes part in a conversation: the event they came in by, and the time."""

    event_sequence: int
    at: datetime


class Event(Row):
    """One change of a conversation, written in the transaction of the change.

    `sequence` counts 1, 2, 3 … in its conversation, without a gap; personal events (`recipient_id`) and read marks have
    none. `position` orders the whole feed and is given after the commit. There are no foreign keys: an event outlives
    what it tells about.
    """

    class Kind(models.TextChoices):
        MESSAGE_SENT = "MessageSent"
        MESSAGE_EDITED = "MessageEdited"
        MESSAGE_DELETED = "MessageDeleted"
        REACTIONS_CHANGED = "ReactionsChanged"
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

    @property
    def is_known(self) -> bool:
        """Whether this version of the server has events of this kind."""
        return self.kind in KINDS

    def is_for(self, viewer_id: int, joined: Joined | None) -> bool:
        """Whether somebody may see this event, who takes part in its conversation since `joined`, or does not (None).

        What happened before one came in is not replayed; a read mark has no sequence, so its time is asked.
        """
        if self.recipient_id is not None:
            return self.recipient_id == viewer_id
        if joined is None:
            return False
        if self.sequence is None:
            return self.created_at >= joined.at
        return self.sequence >= joined.event_sequence


KINDS = frozenset(Event.Kind.values)


class Clock(Row):
    """The one row that says how far the feed is numbered. Whoever holds its lock numbers; nobody else does.

    `feed` names this feed in every cursor: after a restore it is renewed (`manage.py reset_feed`), as the same numbers
    would mean other events. Events up to `pruned_to` have been cleaned up.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    feed = models.UUIDField(default=uuid.uuid4)
    position = models.BigIntegerField(default=0)
    pruned_to = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="clock_is_one")]

    def __str__(self) -> str:
        return f"{self.feed} at {self.position}"
