"""`manage.py clean_up`: what is kept no longer goes. To be run every day."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from messaging import feed


class Command(BaseCommand):
    help = "Deletes events older than EVENT_RETENTION_DAYS, some thousands at a time. To be run every day."

    def handle(self, *args: Any, **options: Any) -> None:
        deleted = 0
        for count in feed.prune(timezone.now() - timedelta(days=settings.EVENT_RETENTION_DAYS)):
            deleted += count
            self.stderr.write(f"{deleted:,} events …")
        self.stdout.write(f"{deleted:,} events deleted.")
