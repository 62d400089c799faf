"""Files: uploaded first, then sent with a message."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from messaging.models.messages import Message
from rows import Row


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def visible_to(self, viewer: User) -> AttachmentQuerySet:
        """One's own that are not sent yet, and those of the messages one may see."""
        sent = Q(message__conversation__participants__user=viewer)
        return self.filter(Q(message=None, uploader=viewer) | sent)


class Attachment(Row):
    """A file as it is kept: checked, images re-encoded, under a random name. Without a message it is not sent yet."""

    uploader = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", db_index=False)
    message = models.ForeignKey(Message, models.CASCADE, null=True, related_name="attachments")
    position = models.PositiveSmallIntegerField(default=0)
    """Its place among the files of its message."""
    file = models.FileField(max_length=200)
    thumbnail = models.FileField(max_length=200, blank=True)
    filename = models.CharField(max_length=255)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        base_manager_name = "objects"
        indexes = [
            models.Index("uploader", name="attachment_unsent_of", condition=Q(message=None)),
            models.Index("created_at", name="attachment_unsent", condition=Q(message=None)),
        ]

    def __str__(self) -> str:
        return self.filename
