"""`manage.py compare_schema`: what has changed for clients since the last release; fails where one could break."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from schema import changes
from schema.schema import schema


class Command(BaseCommand):
    help = "Names what has changed in the schema since the last release; fails where a client could break."

    def add_arguments(self, parser: CommandParser) -> None:
        released = Path(settings.BASE_DIR) / "schema" / "released.graphql"
        parser.add_argument("released", nargs="?", type=Path, default=released, help="the schema to compare with")

    def handle(self, *args: Any, released: Path, **options: Any) -> None:
        old, new = released.read_text(encoding="utf-8"), schema.as_str()
        for change in changes.dangerous(old, new):
            self.stdout.write(f"Clients must bear: {change}")
        if broken := changes.breaking(old, new):
            raise CommandError("\n".join(f"Breaks clients: {change}" for change in broken))
        self.stdout.write("Nothing breaks a client of the last release.")
