"""Cleaning up: what is older than the retention goes, oldest first, and the clock says how far."""

from collections.abc import Iterator
from datetime import datetime
from itertools import takewhile

from django.db import transaction

from messaging.feed.numbering import now
from messaging.models import Clock, Event

BATCH = 5_000


def prune(before: datetime) -> Iterator[int]:
    """Deletes events from before a moment, some thousands in each transaction; yields how many each time.

    It stops at the first newer one, so that what is left is the end of the feed without a hole.
    """
    now()
    while True:
        oldest = Event.objects.filter(position__isnull=False).order_by("position").only("position", "created_at")
        old = list(takewhile(lambda event: event.created_at < before, oldest[:BATCH]))
        if not old:
            return
        with transaction.atomic():
            Event.objects.filter(position__lte=old[-1].position).delete()
            # Never back: who cleans up at the same time may be further, and what is gone there must not be read over.
            Clock.objects.filter(pk=1, pruned_to__lt=old[-1].position).update(pruned_to=old[-1].position)
        yield len(old)
