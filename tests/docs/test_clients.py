"""docs/clients.md is true: its code is that of tests/clients, where it runs against the real server."""

import json
import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
CLIENTS = ROOT / "tests" / "clients"
PAGE = (ROOT / "docs" / "clients.md").read_text(encoding="utf-8")
# The file that was linked last, and a block below it.
CODE = [
    (CLIENTS / re.findall(r"\]\(\.\./tests/clients/([\w./]+\.\w+)\)", PAGE[: block.start()])[-1], block[1])
    for block in re.finditer(r"^```(?:js|ts|json|html)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
]
OF_THE_PAGE = ("codegen.ts", "tsconfig.json", "src/chat.ts", "src/main.ts", "index.html")


def words(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize(("file", "block"), CODE, ids=[file.name for file, _ in CODE])
def test_every_block_is_part_of_a_file_that_is_tested(file: Path, block: str) -> None:
    assert words(block) in words(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", OF_THE_PAGE)
def test_the_page_is_there_in_full(name: str) -> None:
    assert (CLIENTS / "page" / name, (CLIENTS / "page" / name).read_text(encoding="utf-8")) in CODE


def test_no_block_is_left_out() -> None:
    assert len(CODE) == len(re.findall(r"^ *```(?!sh$)\w", PAGE, re.MULTILINE))


def test_the_page_has_the_versions_that_are_tested() -> None:
    package = json.loads((CLIENTS / "page" / "package.json").read_text())
    named = {**package["dependencies"], **package["devDependencies"]}
    assert named.items() <= json.loads((CLIENTS / "package.json").read_text())["dependencies"].items()


def test_its_numbers() -> None:
    assert "access token goes with every request and is good for an hour" in PAGE
    assert "within ten seconds the old one" in words(PAGE)
    assert (settings.ACCESS_TOKEN_LIFETIME.total_seconds(), settings.REFRESH_GRACE.total_seconds()) == (3600, 10)
