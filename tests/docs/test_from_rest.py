"""docs/from-rest.md is true: every operation on it runs, in its order."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Door, join

PAGE = (Path(__file__).parents[2] / "docs" / "from-rest.md").read_text()
# An operation, and its variables if it takes any.
BLOCK = re.compile(r"```graphql\n(.*?)```(?:\s+```json\n(.*?)```)?", re.DOTALL)


def constant(name: str) -> str:
    """refreshToken → REFRESH_TOKEN."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).upper()


def remember(found: dict[str, str], answer: dict[str, Any], name: str = "") -> None:
    """Every text of an answer by its name, every id by the name of what it is the id of; of a list the last."""
    for key, value in answer.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                remember(found, one, key.removesuffix("s"))
            elif isinstance(one, str):
                found[constant(f"{name}Id" if key == "id" else key)] = one


def filled(variables: str, found: dict[str, str]) -> Any:
    return json.loads(re.sub(r'"([A-Z_]+)"', lambda word: json.dumps(found.get(word[1], word[1])), variables or "{}"))


@pytest.fixture
def blocks() -> list[tuple[str, str]]:
    blocks = BLOCK.findall(PAGE)
    assert len(blocks) == PAGE.count("```graphql") == len(re.findall(r"^(?:query|mutation) ", PAGE, re.MULTILINE))
    assert sum(1 for _, variables in blocks if variables) == PAGE.count("```json")
    return blocks


@pytest.mark.django_db
def test_every_operation_runs(anyone: Door, blocks: list[tuple[str, str]]) -> None:
    join("bob")
    join("charlie")
    found: dict[str, str] = {}
    for operation, variables in blocks:
        anyone.token = found.get("TOKEN")
        answer = anyone.ask(operation, **filled(variables, found))
        for name, payload in answer.items():
            assert payload is not None, operation
            assert payload.get("errors", []) == [], (name, payload["errors"])
            assert payload.get("nodes", True), operation
        remember(found, answer)


def test_every_row_of_the_table_leads_to_an_operation(blocks: list[tuple[str, str]]) -> None:
    titles = re.findall(r"^##+ (.*)$", PAGE, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
    links = re.findall(r"\[`([^`]+)`(?:, `[^`]+`)?\]\(#([^)]+)\)", PAGE)
    assert {anchor for _, anchor in links} <= anchors
    documents = " ".join(operation for operation, _ in blocks)
    names = {re.match(r"\w+", name)[0] for name, _ in links} - {"filters", "first"}
    assert not {name for name in names if f" {name}" not in documents}
