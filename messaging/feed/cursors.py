"""Cursors: a place in the feed, the same for everybody."""

import base64
import binascii
import uuid
from typing import NamedTuple

from django.core.exceptions import ValidationError

MAX_POSITION = 2**63


class Cursor(NamedTuple):
    """Everything up to `position` of this feed has been seen."""

    feed: uuid.UUID
    position: int

    def __str__(self) -> str:
        return base64.urlsafe_b64encode(f"{self.feed.hex}:{self.position}".encode()).decode().rstrip("=")


def decode_cursor(text: str) -> Cursor:
    """Raises ValidationError for what is no cursor of ours; whether its feed is still ours is for the reader to say."""
    try:
        decoded = base64.b64decode(text.encode() + b"=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
        feed, _, position = decoded.partition(":")
        cursor = Cursor(uuid.UUID(hex=feed), int(position))
    except (ValueError, binascii.Error):
        raise ValidationError({"after": "This is no cursor of the event feed."}) from None
    # One spelling each: no signs, spaces, leading zeros.
    if str(cursor) != text or not 0 <= cursor.position < MAX_POSITION:
        raise ValidationError({"after": "This is no cursor of the event feed."})
    return cursor
