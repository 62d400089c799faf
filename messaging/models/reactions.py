"""What people add to a message without writing another one: reactions; and whom it names."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from accounts.models import User
from messaging.models.messages import Message
from rows import Row


class ReactionQuerySet(models.QuerySet["Reaction"]):
    def visible_to(self, viewer: User) -> ReactionQuerySet:
        return self.filter(message__conversation__participants__user=viewer)


class Reaction(Row):
    """One emoji of one person at one message: a set, so adding it twice is adding it once."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="reactions", db_index=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    emoji = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now)

    objects = ReactionQuerySet.as_manager()

    class Meta:
        base_manager_name = "objects"
        constraints = [models.UniqueConstraint(fields=["message", "emoji", "user"], name="reaction_once")]

    def __str__(self) -> str:
        return f"reaction {self.pk}"


class MentionQuerySet(models.QuerySet["Mention"]):
    def visible_to(self, viewer: User) -> MentionQuerySet:
        return self.filter(message__conversation__participants__user=viewer)


class Mention(Row):
    """A person whom a message names."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="mentions", db_index=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")

    objects = MentionQuerySet.as_manager()

    class Meta:
        base_manager_name = "objects"
        constraints = [models.UniqueConstraint(fields=["message", "user"], name="mention_once")]

    def __str__(self) -> str:
        return f"mention {self.pk}"
