"""What is told to whoever changes the schema: what would break a client of the last release, and what it must bear."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from schema.changes import breaking, dangerous

RELEASED = """
type Query { me: User }
type User { name: String!, fullName: String @deprecated(reason: "Since 1.4.0: use name."), badge: Badge @deprecated }
type Badge { colour: String }
enum Kind { DIRECT, GROUP, ROOM @deprecated }
type Mutation { send(body: String!, kind: Kind): String }
"""


def changed(old: str, new: str) -> str:
    assert old in RELEASED
    return RELEASED.replace(old, new)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("name: String!", "", "User.name was removed."),
        ("name: String!", "name: String", "User.name changed type from String! to String."),
        ("DIRECT, ", "", "DIRECT was removed from enum type Kind."),
        ("(body: String!", "(body: String!, key: ID!", "A required arg key on Mutation.send was added."),
    ],
)
def test_what_breaks_a_client_is_named(old: str, new: str, told: str) -> None:
    assert breaking(RELEASED, changed(old, new)) == [told]


def test_what_was_deprecated_may_go_and_the_types_that_only_it_led_to() -> None:
    gone = changed(', fullName: String @deprecated(reason: "Since 1.4.0: use name."), badge: Badge @deprecated', "")
    assert breaking(RELEASED, gone.replace("type Badge { colour: String }", "").replace(", ROOM @deprecated", "")) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("name: String!", "name: String!, age: Int"),
        ("name: String!", "name: String! @deprecated"),
        ("me: User", "me: User!"),
    ],
)
def test_more_to_ask_for_and_less_that_is_null_break_nobody(old: str, new: str) -> None:
    assert breaking(RELEASED, changed(old, new)) == dangerous(RELEASED, changed(old, new)) == []


def test_one_more_value_is_for_clients_to_bear() -> None:
    more = changed("GROUP", "GROUP, CHANNEL")
    assert breaking(RELEASED, more) == []
    assert dangerous(RELEASED, more) == ["CHANNEL was added to enum type Kind."]


def test_since_the_last_release_nothing_breaks() -> None:
    call_command("compare_schema", stdout=StringIO())


def test_the_command_fails_with_what_would_break(tmp_path: Path) -> None:
    (tmp_path / "theirs.graphql").write_text("type Query { weather: String }")
    with pytest.raises(CommandError, match=r"Breaks clients: Query\.weather was removed\."):
        call_command("compare_schema", tmp_path / "theirs.graphql", stdout=StringIO())
