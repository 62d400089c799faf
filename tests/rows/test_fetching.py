"""Cursors: one for each statement, as long as the connection lives."""

import pytest
from django.db import connection

from rows import fetching

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has Django's cursors"),
]


def cursors():
    return connection.connection.__dict__.get("parley_cursors", {})


@pytest.fixture(autouse=True)
def none_kept():
    connection.ensure_connection()
    cursors().clear()


def test_a_statement_is_asked_through_the_same_cursor_again():
    sql = "SELECT %s::int + 1, %s::text"
    assert fetching.fetch(connection, sql, [1, "one"]) == [(2, "one")]
    (kept,) = cursors().values()
    assert fetching.fetch(connection, sql, [2, "two"]) == [(3, "two")]
    assert list(cursors().values()) == [kept]


def test_other_kinds_of_values_are_written_as_theirs():
    sql = "SELECT %s"
    found = [fetching.fetch(connection, sql, [value])[0][0] for value in ("a", 2**40, None, "b", True, 1)]
    assert found == ["a", 2**40, None, "b", True, 1]


def test_what_was_found_is_not_kept():
    fetching.fetch(connection, "SELECT repeat('x', 100000)", [])
    (kept,) = cursors().values()
    assert kept.pgresult is None
    assert kept._results == []


def test_after_an_error_the_statement_can_be_asked_again(transactional_db):
    sql = "SELECT 1 / %s::int"
    with pytest.raises(Exception, match="division by zero"):
        fetching.fetch(connection, sql, [0])
    assert fetching.fetch(connection, sql, [1]) == [(1,)]


def test_a_connection_keeps_so_many_and_no_more(monkeypatch):
    monkeypatch.setattr(fetching, "MAX_KEPT", 3)
    for number in range(7):
        fetching.fetch(connection, f"SELECT {number}", [])
        assert len(cursors()) <= 3


def test_a_new_connection_has_cursors_of_its_own(transactional_db):
    sql = "SELECT 1"
    fetching.fetch(connection, sql, [])
    connection.close()
    assert fetching.fetch(connection, sql, []) == [(1,)]
    (kept,) = cursors().values()
    assert kept.connection is connection.connection
