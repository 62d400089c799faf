"""Cursors: one for each statement, as long as the connection lives."""

import select
from contextlib import nullcontext

import psycopg
import pytest
from django.db import DatabaseError, DataError, OperationalError, connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from rows import fetching
from tests.servers import wait_for

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


def test_who_wraps_statements_sees_them_and_their_errors(transactional_db):
    seen = []

    def look(execute, sql, params, many, context):
        seen.append((sql, list(params), many, context["connection"].vendor))
        try:
            return execute(sql, params, many, context)
        except DatabaseError as error:
            seen.append(error)
            raise

    with connection.execute_wrapper(look), pytest.raises(DataError):
        fetching.fetch(connection, "SELECT 1 / %s::int", [0])
    assert seen[0] == ("SELECT 1 / %s::int", [0], False, "postgresql")
    assert isinstance(seen[1], DataError)


def test_who_wraps_statements_last_sees_them_last():
    order = []

    def look(name):
        return lambda execute, *statement: (order.append(name), execute(*statement))[1]

    with connection.execute_wrapper(look("first")), connection.execute_wrapper(look("last")):
        fetching.fetch(connection, "SELECT 1", [])
    assert order == ["first", "last"]


def test_in_a_broken_transaction_nothing_is_asked():
    with transaction.atomic():
        transaction.set_rollback(True)
        with pytest.raises(TransactionManagementError):
            fetching.fetch(connection, "SELECT 1", [])


def test_what_is_written_down_is_written_down():
    with CaptureQueriesContext(connection) as written:
        fetching.fetch(connection, "SELECT %s::int", [1])
    assert [one["sql"] for one in written] == ["SELECT $1::int"]


# ── what is prepared ─────────────────────────────────────────────────────────────────────────────────────────────────

OFTEN = 7  # after which psycopg has prepared a statement


def prepare(sql, params):
    for _ in range(OFTEN):
        fetching.fetch(connection, sql, params)


def test_what_is_prepared_is_asked_by_one_call(transactional_db, monkeypatch):
    sql = "SELECT %s::int + 1, %s::text"
    prepare(sql, [1, "one"])
    monkeypatch.setattr("psycopg.Cursor.execute", None)
    assert fetching.fetch(connection, sql, [2, "two"]) == [(3, "two")]
    assert fetching.fetch(connection, sql, [3, "zwölf"]) == [(4, "zwölf")]
    with transaction.atomic():
        monkeypatch.undo()
        fetching.fetch(connection, "SELECT 1", [])  # begins it
        monkeypatch.setattr("psycopg.Cursor.execute", None)
        assert fetching.fetch(connection, sql, [3, "three"]) == [(4, "three")]
        monkeypatch.undo()


def test_what_is_prepared_begins_a_transaction_as_anything_does(transactional_db):
    sql = "SELECT pg_current_xact_id_if_assigned() IS NULL, now()"
    prepare(sql, [])
    with transaction.atomic():
        first, second = (fetching.fetch(connection, sql, [])[0][1] for _ in range(2))
    assert first == second  # the time of a transaction is that of its beginning


def test_values_of_another_kind_are_prepared_anew():
    sql = "SELECT %s"
    for value in ("a", 2**40, None, "b", True, 1, 1.5):
        for _ in range(OFTEN):
            assert fetching.fetch(connection, sql, [value]) == [(value,)]


def test_what_comes_back_is_read_as_its_kind_in_turn():
    sql, values = "SELECT %s", ("a", 2**40, True)
    for value in values:
        prepare(sql, [value])
    for value in values * 2:
        assert fetching.fetch(connection, sql, [value]) == [(value,)]
        assert fetching.fetch(connection, sql, [value]) == [(value,)]


def test_an_error_of_what_is_prepared_is_told_and_forgotten(transactional_db):
    sql = "SELECT 1 / %s::int"
    prepare(sql, [1])
    with pytest.raises(DataError, match="division by zero"):
        fetching.fetch(connection, sql, [0])
    assert fetching.fetch(connection, sql, [1]) == [(1,)]


@pytest.mark.parametrize("in_transaction", [False, True], ids=["alone", "in a transaction"])
def test_a_connection_that_is_cut_off_is_told_as_one(transactional_db, in_transaction):
    sql = "SELECT %s::int"
    prepare(sql, [1])
    with transaction.atomic() if in_transaction else nullcontext():
        cut_off(fetching.execute("SELECT pg_backend_pid()", [])[0][0])
        with pytest.raises(OperationalError):
            fetching.execute(sql, [1])
        connection.close()
    assert fetching.fetch(connection, sql, [1]) == [(1,)]


def test_who_only_reads_does_not_notice_a_connection_that_is_cut_off(transactional_db):
    sql = "SELECT %s::int"
    prepare(sql, [1])
    cut_off(fetching.execute("SELECT pg_backend_pid()", [])[0][0])
    assert fetching.fetch(connection, sql, [2]) == [(2,)]


def cut_off(pid):
    given = connection.get_connection_params()
    with psycopg.connect(**{name: given[name] for name in ("host", "port", "user", "dbname")}) as another:
        another.execute("SELECT pg_terminate_backend(%s)", [pid])
    wait_for(lambda: select.select([connection.connection.fileno()], [], [], 0)[0])


def test_what_the_server_has_let_go_of_is_prepared_again(transactional_db):
    sql = "SELECT %s::int"
    prepare(sql, [1])
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    assert fetching.fetch(connection, sql, [2]) == [(2,)]


def test_what_is_asked_often_stays_prepared_and_what_is_not_goes(transactional_db):
    connection.connection.prepared_max = 3
    often = "SELECT %s::int"
    prepare(often, [1])
    for number in range(5):
        prepare(f"SELECT {number}", [])
        assert fetching.fetch(connection, often, [number]) == [(number,)]
    names = [key[0] for key in connection.connection._prepared._names]
    assert b"SELECT $1::int" in names
    connection.close()
