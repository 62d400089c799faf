"""The event feed: every change, written with the change, numbered after the commit, read after a cursor.

One position orders the whole feed, so that one cursor goes for all conversations and all people, and a reader of
`position > last` misses nothing (docs/decisions/0006-numbered-after-commit.md has the proof).
"""

from messaging.feed.cursors import Cursor, decode_cursor
from messaging.feed.numbering import Now, now, renew
from messaging.feed.pruning import prune
from messaging.feed.reading import MAX_BEHIND, Batch, UnknownKind, joined_by, newest, read
from messaging.feed.writing import (
    Kind,
    changing,
    locking,
    record,
    record_for,
    record_read,
    record_started,
    write_message,
)

__all__ = [
    "MAX_BEHIND",
    "Batch",
    "Cursor",
    "Kind",
    "Now",
    "UnknownKind",
    "changing",
    "decode_cursor",
    "joined_by",
    "locking",
    "newest",
    "now",
    "prune",
    "read",
    "record",
    "record_for",
    "record_read",
    "record_started",
    "renew",
    "write_message",
]
