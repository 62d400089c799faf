"""psycopg's cursor for statements that are asked again and again. It leans on what psycopg keeps for itself, so that
tests/rows/test_fetching.py has to notice when that changes."""

from typing import Any

from django.db.backends.postgresql.base import ServerBindingCursor
from psycopg import OperationalError
from psycopg.pq import ConnStatus, ExecStatus, Format, TransactionStatus

from rows.fetching import Rows

Cursor: Any = ServerBindingCursor


class PreparingCursor(Cursor):  # type: ignore[misc]
    """Asks for binary values, which psycopg reads in C: times in text are read by Django, ten times slower, to call
    their zone `datetime.UTC` where this one says `ZoneInfo("UTC")`."""

    def __init__(self, connection: Any) -> None:
        super().__init__(connection)
        self.format = Format.BINARY
        self._known: Any = None
        """The statement as psycopg has read it, with the last values."""
        self._read: bytes | None = None
        """The prepared statement whose columns were read last: how, psycopg knows of these alone."""

    def ask(self, query: Any, params: Any) -> Rows:
        """All rows; nothing of them is kept."""
        rows = self._ask_again(params)
        if rows is None:
            try:
                rows = self.execute(query, params).fetchall()
            finally:
                self.close()
        return rows

    def _ask_again(self, params: Any) -> Rows | None:
        """What is prepared is asked by one call of libpq; None for what is not. psycopg would ask itself again what the
        statement is and how its columns are read, and hand it over in steps between which others could run; here nobody
        else could."""
        query, connection = self._known, self._conn
        ready = TransactionStatus.IDLE if connection.autocommit else TransactionStatus.INTRANS
        if query is None or query._tx is not self._tx or self._pgconn.transaction_status != ready:
            return None
        query.dump(params)
        prepared, key = connection._prepared._names, (query.query, query.types)
        if key not in prepared:
            return None
        prepared.move_to_end(key)  # the one that has not been used for the longest time is let go of
        name = prepared[key]
        result = self._pgconn.exec_prepared(name, query.params, query.formats, self.format)
        if self._pgconn.status != ConnStatus.OK:  # of which the result itself does not say what kind of error it is
            raise OperationalError(self._pgconn.get_error_message())
        if result.status != ExecStatus.TUPLES_OK:
            self._check_results([result])
        try:
            self._tx.set_pgresult(result, set_loaders=name != self._read)
            self._read = name
            rows: Rows = self._tx.load_rows(0, result.ntuples, tuple)
            return rows
        finally:
            self._tx.set_pgresult(None, set_loaders=False)

    def execute(self, query: Any, params: Any = None, **how: Any) -> Any:
        self._read = None
        return super().execute(query, params, **how)

    def _convert_query(self, *args: Any) -> Any:
        """Kept, so that Django can say what was executed: of what is prepared psycopg forgets it."""
        self._query = self._known = known = super()._convert_query(*args)
        return known

    def close(self) -> None:
        """Lets go of what was found, and is there for the next time."""
        if self.pgresult is not None:
            self._tx.set_pgresult(None)
        self._reset()
