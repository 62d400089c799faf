"""`manage.py test [pytest arguments]`: pytest, with everything after `test` handed to it."""

import importlib.util
import os
import sys

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.bootstrap import hand_over


class Command(BaseCommand):
    help = "Runs the tests: every argument goes to pytest, and its exit code comes back."

    def run_from_argv(self, argv: list[str]) -> None:
        """Not by way of Django's parser, which would take `-v` and refuse `-k`."""
        if importlib.util.find_spec("pytest") is None:
            sys.exit("pytest is not installed here: pip install --require-hashes -r requirements-test.txt")
        os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
        os.chdir(settings.BASE_DIR)
        # -v takes back the -q of pyproject.toml, which hides the header; -rs says what was left out, and why.
        hand_over([sys.executable, "-m", "pytest", "-v", "-rs", *argv[2:]])

    def handle(self, *args: object, **options: object) -> None:
        raise CommandError("Run the tests as `manage.py test`.")
