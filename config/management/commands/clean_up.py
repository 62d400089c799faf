"""`manage.py clean_up`: what is kept no longer goes. To be run every day."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts import avatars, forgetting
from messaging import feed, services
from messaging.management.progress import Progress


class Command(BaseCommand):
    help = (
        "Deletes events older than EVENT_RETENTION_DAYS, ended sessions and their tokens, expired letters, finished"
        " tasks, files that were not sent for a day, and those that are nobody's; some at a time. To be run every day."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        for what, counts in work(timezone.now()):
            with Progress(self.stderr, what) as progress:
                for count in counts:
                    progress.add(count)
            self.stdout.write(f"{progress.done:,} {what}.")


def work(now: datetime) -> Iterator[tuple[str, Iterator[int]]]:
    """What is to be done, and how much of it was, some at a time. Files come last: their storage may not answer."""
    yield "events deleted", feed.prune(now - timedelta(days=settings.EVENT_RETENTION_DAYS))
    yield "refresh tokens of ended sessions deleted", forgetting.refresh_tokens(now)
    yield "sessions forgotten that ended a month ago", forgetting.sessions(now)
    yield "expired sessions of the admin deleted", forgetting.cookie_sessions(now)
    yield "tokens of expired letters deleted", forgetting.letter_tokens(now)
    yield "tasks forgotten that were done", forgetting.tasks(now)
    yield "files removed that were not sent, or nobody's", services.remove_unsent(now)
    yield "avatars removed that were nobody's", avatars.remove_forgotten(now)
