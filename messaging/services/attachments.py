"""Files from their arrival to their end: uploaded, sent with a message, gone with it.

The storage is no part of the database, so every file has a row before it is stored, and keeps it until it is removed.
A row without message and uploader is nobody's: its file is on its way in or out, and nobody sees it. Whatever breaks in
between leaves such a row behind, and `manage.py clean_up` finds it.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Case, QuerySet, Value, When

from accounts.models import User
from accounts.refusals import NotFound
from messaging import files
from messaging.models import Attachment, Message
from messaging.refusals import Conflict, LimitExceeded

logger = logging.getLogger("parley.messaging")

MAX_UNSENT = 20
MAX_ATTACHMENTS = 10
KEPT_UNSENT = timedelta(days=1)
AT_ONCE = 100  # files that are removed before the answer; more are left to `clean_up`


def upload_attachment(*, viewer: User, file: File[bytes]) -> Attachment:
    """Checks a file and keeps it for a message that is to be sent within a day.

    Raises ValidationError for what is not taken, TooLarge, LimitExceeded beyond 20 that are not sent.
    """
    check_unsent(viewer)
    try:
        examined = files.examine(file)
    except ValidationError as refusal:
        raise type(refusal)({"file": refusal.messages}) from None
    attachment = _announce(examined)
    try:
        default_storage.save(attachment.file.name, ContentFile(examined.content))
        if examined.thumbnail is not None:
            default_storage.save(attachment.thumbnail.name, ContentFile(examined.thumbnail))
        with transaction.atomic():
            User.objects.select_for_update(no_key=True).only("pk").get(pk=viewer.pk)
            check_unsent(viewer)
            attachment.uploader = viewer
            attachment.save(update_fields=["uploader"])
    except BaseException:
        remove([attachment.pk])
        raise
    return attachment


def find_own(viewer: User, keys: Sequence[int]) -> list[Attachment]:
    """The viewer's own attachments of these primary keys, in their order, that are to be sent now.

    Raises LimitExceeded, NotFound and Conflict with the place in `attachment_ids`.
    """
    if len(keys) > MAX_ATTACHMENTS:
        raise LimitExceeded({"attachment_ids": f"A message has at most {MAX_ATTACHMENTS} attachments."})
    if not keys:
        return []
    own = Attachment.objects.visible_to(viewer).filter(uploader=viewer)
    found = {one.pk: one for one in own.filter(pk__in=keys)}
    places = dict(enumerate(keys))
    missing = {f"attachment_ids.{place}": "Not found." for place, key in places.items() if key not in found}
    if missing:
        raise NotFound(missing)
    used = [place for place, key in places.items() if found[key].message_id is not None or key in keys[:place]]
    if used:
        raise Conflict({f"attachment_ids.{place}": "This file has been used already." for place in used})
    return [found[key] for key in keys]


def attach(message: Message, attachments: Sequence[Attachment]) -> None:
    """Gives a message its files, in its transaction. Raises Conflict when one of them was used in this moment."""
    if not attachments:
        return
    keys = [one.pk for one in attachments]
    unsent = Attachment.objects.filter(pk__in=keys, uploader=message.sender, message=None)
    places = Case(*(When(pk=key, then=Value(place)) for place, key in enumerate(keys)))
    if unsent.update(message=message, position=places) != len(keys):
        raise Conflict({"attachment_ids": "One of these files has been used already."})


def abandon(attachments: QuerySet[Attachment]) -> None:
    """They are nobody's from here on, and after the commit they are removed."""
    keys = list(attachments.values_list("pk", flat=True)[:AT_ONCE])
    if keys:
        attachments.update(message=None, uploader=None)
        transaction.on_commit(lambda: remove(keys))


def remove(keys: Sequence[int]) -> None:
    """The files of rows that are nobody's, then the rows; what cannot be removed now stays for `clean_up`."""
    for attachment in Attachment.objects.filter(pk__in=keys, message=None):
        try:
            for stored in (attachment.file, attachment.thumbnail):
                if stored.name:
                    default_storage.delete(stored.name)
        except Exception:
            logger.exception("A file could not be removed from the storage.", extra={"attachment": attachment.pk})
        else:
            Attachment.objects.filter(pk=attachment.pk).delete()


def remove_unsent(now: datetime) -> Iterator[int]:
    """Removes what was not sent for a day, and what is nobody's: how many, some at a time."""
    late = Attachment.objects.filter(message=None, created_at__lt=now - KEPT_UNSENT)
    late.exclude(uploader=None).update(uploader=None)  # from here on nobody can send it
    last = 0
    while keys := list(late.filter(uploader=None, pk__gt=last).order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        remove(keys)
        yield len(keys)
        last = keys[-1]


def check_unsent(viewer: User) -> None:
    if Attachment.objects.filter(uploader=viewer, message=None).count() >= MAX_UNSENT:
        raise LimitExceeded({"file": f"At most {MAX_UNSENT} files wait to be sent: send some of them first."})


def _announce(examined: files.Examined) -> Attachment:
    """The row that says what is about to be stored where, under names that nobody can guess."""
    name = secrets.token_urlsafe(32)
    path = f"attachments/{name[:2].lower()}/{name}"
    return Attachment.objects.create(
        uploader=None,
        file=path,
        thumbnail=f"{path}-thumbnail" if examined.thumbnail is not None else "",
        filename=examined.filename,
        content_type=examined.content_type,
        size=len(examined.content),
        width=examined.width,
        height=examined.height,
    )
