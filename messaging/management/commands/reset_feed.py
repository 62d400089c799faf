"""`manage.py reset_feed`: after a restore, no cursor from before may be believed."""

from typing import Any

from django.core.management.base import BaseCommand

from messaging import feed


class Command(BaseCommand):
    help = (
        "Makes the event feed another one. To be run once after the database was restored from a backup: cursors from"
        " before name events that are there no more, or others, and their holders are told to read the state anew."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        now = feed.renew()
        self.stdout.write(f"The feed is {now.feed} now, at position {now.position}.")
