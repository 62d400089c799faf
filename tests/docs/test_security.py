"""docs/security.md is true: every row has the tests that it names, and every file that it names is there."""

import ast
import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests"
PAGE = (ROOT / "docs" / "security.md").read_text()


def cells_of(line: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


ROWS = {
    int(cells[0]): cells for line in PAGE.splitlines() if re.match(r"\| \d+ \|", line) for cells in [cells_of(line)]
}


def names(cell: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", cell))


def marked() -> dict[int, set[str]]:
    """Row → the files of the tests that are marked with it."""
    found: dict[int, set[str]] = defaultdict(set)
    for path in TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                for row in rows_of(node):
                    found[row].add(path.relative_to(TESTS).as_posix())
    return found


def rows_of(test: ast.FunctionDef | ast.AsyncFunctionDef) -> list[int]:
    marks = [
        one for one in test.decorator_list if isinstance(one, ast.Call) and ast.unparse(one.func) == "pytest.mark.row"
    ]
    return [ast.literal_eval(argument) for mark in marks for argument in mark.args]


def test_no_row_is_missing() -> None:
    assert list(ROWS) == list(range(1, max(44, len(ROWS)) + 1))


def test_every_row_names_the_files_of_its_tests_and_no_other() -> None:
    found = marked()
    assert {row: names(cells[4]) for row, cells in ROWS.items()} == {row: found[row] for row in ROWS}
    assert found.keys() <= ROWS.keys()


def test_every_row_has_a_test() -> None:
    assert [row for row, cells in ROWS.items() if not cells[4]] == []


def test_where_a_row_is_enforced_is_a_file() -> None:
    for row, cells in ROWS.items():
        assert names(cells[3]), row
        assert [one for one in names(cells[3]) if not (ROOT / one).is_file()] == []


def test_every_code_that_the_page_names_is_one() -> None:
    schema = (ROOT / "schema" / "schema.graphql").read_text()
    codes = {code for cells in ROWS.values() for code in names(cells[2]) if re.fullmatch(r"[A-Z]+_[A-Z_]+", code)}
    assert codes
    assert [code for code in codes if f"\n  {code}\n" not in schema] == []
