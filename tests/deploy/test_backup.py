"""docs/production.md is true: its backups are made and brought back, by its own commands."""

# ruff: noqa: S603, S607, S608 - sh with the page's commands, and tables named here

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from tests.servers import ROOT, database

PAGE = (Path(settings.BASE_DIR) / "docs" / "production.md").read_text()


def commands_of(chapter: str) -> list[str]:
    (text,) = re.findall(rf"^## {chapter}$(.*?)^## ", PAGE, re.DOTALL | re.MULTILINE)
    return re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


DUMP, COPY, PACK = commands_of("Backups")[:3]
RESTORE, COPY_BACK, UNPACK = commands_of("Restoring")[:3]
FORGET = "from messaging.models import Message; Message.objects.all().delete()"
SPEAK = "from config.management import demo; demo.load()"
ON_POSTGRESQL = connection.vendor == "postgresql"
pytestmark = pytest.mark.skipif(
    ON_POSTGRESQL and shutil.which("pg_dump") is None, reason="pg_dump is not installed (Debian: postgresql-client)"
)


class House(NamedTuple):
    """A folder with the data of one server; what is done there is done by a shell."""

    folder: Path
    url: str

    def do(self, commands: str) -> None:
        programs = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        environment = {
            **os.environ,
            "PATH": programs,
            "DATABASE_URL": self.url,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
        }
        subprocess.run(["sh", "-euc", commands], cwd=self.folder, env=environment, check=True, capture_output=True)

    def ask(self, table: str, column: str) -> list[str]:
        question = f"SELECT {column} FROM {table} ORDER BY {column}"
        opened = psycopg.connect(self.url) if ON_POSTGRESQL else sqlite3.connect(self.folder / ".data/parley.sqlite3")
        with closing(opened) as database:
            return [str(value) for (value,) in database.cursor().execute(question)]


@contextmanager
def empty_house(folder: Path) -> Iterator[House]:
    data = folder / ".data"
    (data / "media").mkdir(parents=True)
    (folder / "manage.py").symlink_to(ROOT / "manage.py")
    with database(data) as url:
        yield House(folder, url)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Where people have talked, and left a file."""
    with empty_house(tmp_path / "house") as house:
        house.do(f"python manage.py migrate -v0 && python manage.py shell -v0 -c '{SPEAK}'")
        (house.folder / ".data/media/beach").write_bytes(b"sand")
        yield house


def back_up(house: House) -> None:
    house.do(DUMP if ON_POSTGRESQL else COPY)
    house.do(PACK)


def restore(house: House) -> None:
    house.do(RESTORE if ON_POSTGRESQL else COPY_BACK)
    house.do(UNPACK)


def test_what_was_lost_comes_back_and_cursors_from_before_mean_nothing(house: House) -> None:
    said, feeds = house.ask("messaging_message", "body"), house.ask("messaging_clock", "feed")
    back_up(house)
    house.do(f"python manage.py shell -v0 -c '{FORGET}'")
    shutil.rmtree(house.folder / ".data/media")
    assert house.ask("messaging_message", "body") == []
    restore(house)
    assert house.ask("messaging_message", "body") == said
    assert house.ask("messaging_clock", "feed") != feeds
    assert (house.folder / ".data/media/beach").read_bytes() == b"sand"


def test_a_backup_can_be_tried_in_another_place(house: House, tmp_path: Path) -> None:
    back_up(house)
    with empty_house(tmp_path / "elsewhere") as elsewhere:
        for kept in ("parley.dump", "parley.sqlite3", "media.tar.gz"):
            if (house.folder / kept).exists():
                shutil.copy(house.folder / kept, elsewhere.folder)
        restore(elsewhere)
        elsewhere.do("python manage.py migrate --check")
        assert elsewhere.ask("messaging_message", "body") == house.ask("messaging_message", "body")
