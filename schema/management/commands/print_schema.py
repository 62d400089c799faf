"""`manage.py print_schema`: writes schema/schema.graphql, the text that reviewers and front ends read."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from schema.schema import schema

PATH = Path(__file__).resolve().parents[2] / "schema.graphql"


class Command(BaseCommand):
    help = "Writes the printed schema to schema/schema.graphql."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing; fail if the file is not current")

    def handle(self, *args: Any, check: bool = False, **options: Any) -> None:
        printed = schema.as_str() + "\n"
        if not check:
            PATH.write_text(printed, encoding="utf-8")
        elif PATH.read_text(encoding="utf-8") != printed:
            raise CommandError("schema/schema.graphql is not current: run `manage.py print_schema`.")
