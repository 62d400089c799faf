"""docs/schema.md as people read it: everything is there, and every link leads to it."""

import re
from pathlib import Path

from django.conf import settings
from graphql import build_schema

from schema.reference import reference

PAGE = (Path(settings.BASE_DIR) / "docs" / "schema.md").read_text(encoding="utf-8")
SCHEMA = build_schema((Path(settings.BASE_DIR) / "schema" / "schema.graphql").read_text(encoding="utf-8"))
SMALL = '''
type Query {
  """Who is
  here | now."""
  people(first: Int = 20, after: ID = null): [Person!]!
}
"""Somebody."""
type Person { name: String @deprecated(reason: "Since 1.4.0: use names.") }
'''


def test_every_type_has_a_heading() -> None:
    headings = set(re.findall(r"^###? (\w+)$", PAGE, re.MULTILINE))
    graphqls_own = {"Boolean", "ID", "Int", "String"}
    assert {name for name in SCHEMA.type_map if not name.startswith("__")} - graphqls_own <= headings


def test_every_link_leads_to_a_heading() -> None:
    anchors = {heading.lower() for heading in re.findall(r"^###? (\w+)$", PAGE, re.MULTILINE)}
    assert set(re.findall(r"\(#([^)]+)\)", PAGE)) <= anchors


def test_a_field_shows_its_type_arguments_defaults_and_end() -> None:
    lines = reference(build_schema(SMALL)).splitlines()
    assert "| `people` | [[Person](#person)!]! | Who is here \\| now. |" in lines
    assert "| &emsp;`first:` | Int | Default: `20`. |" in lines
    assert "| &emsp;`after:` | ID |  |" in lines
    assert "| `name` | String | **Deprecated.** Since 1.4.0: use names. |" in lines
