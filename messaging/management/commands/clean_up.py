"""`manage.py clean_up`: what is kept no longer goes. To be run every day."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts import avatars, letters
from messaging import feed, services


class Command(BaseCommand):
    help = (
        "Deletes events older than EVENT_RETENTION_DAYS, files that were not sent for a day, and those that are"
        " nobody's; some at a time. To be run every day."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        deleted = 0
        for count in feed.prune(timezone.now() - timedelta(days=settings.EVENT_RETENTION_DAYS)):
            deleted += count
            self.stderr.write(f"{deleted:,} events …")
        self.stdout.write(f"{deleted:,} events deleted.")
        now = timezone.now()
        self.stdout.write(f"{sum(services.remove_unsent(now)):,} files removed that were not sent, or nobody's.")
        self.stdout.write(f"{avatars.remove_forgotten(now):,} avatars removed that were nobody's.")
        self.stdout.write(f"{letters.forget_tasks(now - timedelta(days=1)):,} letters forgotten that were sent.")
