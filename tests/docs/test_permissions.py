"""docs/permissions.md is true: its table is the one in messaging/permissions.py, and both are what `may` answers."""

from pathlib import Path

import pytest

from messaging import permissions
from messaging.permissions import RANKS, Act, may

PAGE = (Path(__file__).parents[2] / "docs" / "permissions.md").read_text()
TABLE = [line for line in (permissions.__doc__ or "").splitlines() if line.startswith("|")]
ROLES, _, _, *ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")] for line in TABLE
]  # what everybody may, left out
ACTS = {
    "rename": Act.RENAME,
    "add people": Act.ADD,
    "remove people": Act.REMOVE,
    "delete messages": Act.DELETE_MESSAGE,
    "change roles": Act.CHANGE_ROLE,
    "delete the group": Act.DELETE,
}


def test_the_page_has_the_table_of_the_module() -> None:
    assert "\n".join(TABLE) in PAGE


def test_every_act_has_a_row() -> None:
    assert [row[0] for row in ROWS] == list(ACTS)
    assert set(ACTS.values()) == set(Act)


CELLS = [(act, role, word) for act, *words in ROWS for role, word in zip(ROLES[1:], words, strict=True)]


@pytest.mark.parametrize(("act", "role", "word"), CELLS)
def test_the_table_says_what_may_answers(act: str, role: str, word: str) -> None:
    on_whom = [other for other in RANKS if may(role, ACTS[act], on=other)]
    lower = [other for other in RANKS if RANKS[other] < RANKS[role]]
    assert may(role, ACTS[act]) == bool(word)
    assert on_whom == (lower if word else [])
