"""`manage.py print_schema`: writes schema/schema.graphql, which reviewers and front ends read, and docs/schema.md."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from graphql import build_schema

from schema.reference import reference
from schema.schema import schema


class Command(BaseCommand):
    help = "Writes the printed schema to schema/schema.graphql, and the page about it to docs/schema.md."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing; fail if a file is not current")

    def handle(self, *args: Any, check: bool = False, **options: Any) -> None:
        printed = schema.as_str() + "\n"
        files = {"schema/schema.graphql": printed, "docs/schema.md": reference(build_schema(printed))}
        for name, text in files.items():
            path = Path(settings.BASE_DIR) / name
            if not check:
                path.write_text(text, encoding="utf-8")
            elif not path.exists() or path.read_text(encoding="utf-8") != text:
                raise CommandError(f"{name} is not current: run `manage.py print_schema`.")
