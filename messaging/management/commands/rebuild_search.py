"""Makes the search index anew: after SEARCH_LANGUAGE was changed, or when it was lost."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection, transaction

from messaging import search
from messaging.management.progress import Progress


class Command(BaseCommand):
    help = "Makes the search index anew, for the language of SEARCH_LANGUAGE. Messages wait meanwhile."

    def handle(self, *args: Any, **options: Any) -> None:
        with Progress(self.stderr, "The search index is being made"), transaction.atomic():
            search.drop(connection)
            search.build(connection, settings.SEARCH_LANGUAGE)
        self.stdout.write("The search index is made anew.")
