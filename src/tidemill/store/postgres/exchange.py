"""Exchanges with PostgreSQL by libpq itself.

A cursor of psycopg's takes several times as long over an exchange as libpq and the server do. So the store's statements
go past the cursors; what values look like on their way is still said by psycopg's adapters. And what nobody waits for
is kept, and sent with what is asked next: two processes that wake each other spend more on that than on a statement.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus

from tidemill.store.postgres.waiting import is_ready

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg.pq.abc import PGconn, PGresult

#: How many statements a connection remembers; the server keeps a plan for each that was prepared.
_REMEMBERED: Final = 256
#: So many are kept at most before they are sent.
_KEPT: Final = 64
_AS_SUITS: Final = PyFormat.AUTO


class Told:
    """A statement that was told, and, once it was settled, what came of it."""

    __slots__ = ("_formats", "_given", "_sql", "_words", "changes", "name", "rows")

    def __init__(self, connection: ExchangingConnection, sql: bytes, values: Sequence[Any]) -> None:
        self._sql = sql
        self._words = Transformer(connection)
        self._given: Any = self._words.dump_sequence(values, [_AS_SUITS] * len(values))
        self._formats = self._words.formats
        #: Under what name it is prepared, if it is.
        self.name: bytes | None = None
        self.rows: list[Any] = []
        #: How many rows it changed or found.
        self.changes = 0

    @property
    def types(self) -> tuple[int, ...]:
        """Of its values, as the server numbers them."""
        return self._words.types or ()

    def said(self, pgconn: PGconn) -> PGresult:
        """Have it run, and wait."""
        if self.name is not None:
            return pgconn.exec_prepared(self.name, self._given, self._formats)
        return pgconn.exec_params(self._sql, self._given, self.types, self._formats)

    def send(self, pgconn: PGconn) -> None:
        """Have it run with others."""
        if self.name is not None:
            pgconn.send_query_prepared(self.name, self._given, self._formats)
        else:
            pgconn.send_query_params(self._sql, self._given, self.types, self._formats)

    def take(self, result: PGresult) -> None:
        """What came of it."""
        self.changes = result.command_tuples or 0
        if result.status == ExecStatus.TUPLES_OK:
            self._words.set_pgresult(result)
            self.rows = self._words.load_rows(0, result.ntuples, tuple)


class ExchangingConnection(psycopg.Connection[Any]):
    """A connection whose statements go to libpq. One thread speaks at a time, and is not interrupted by signals."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        #: A name where it was prepared, or else how often it was said.
        self._known: dict[tuple[bytes, tuple[int, ...]], bytes | int] = {}
        self._names = 0
        self._told: list[Told] = []

    def tell(self, sql: bytes, values: Sequence[Any], *, may_prepare: bool) -> Told:
        """Have a statement with ``$1`` … for the values run before the next thing that is waited for, or with it.

        ``may_prepare``: prepared by the connection's threshold, when it comes back. What the server has against it is
        raised by whoever waits first, here, in ``settle`` or in ``say``.
        """
        told = Told(self, sql, values)
        if may_prepare:
            told.name = self._name(sql, told.types)
        self._told.append(told)
        if len(self._told) >= _KEPT:
            self.settle()
        return told

    def settle(self) -> None:
        """Wait for all that was told. Raises psycopg's errors; what was told after what failed has not run."""
        told, self._told = self._told, []
        if len(told) == 1:
            told[0].take(self._good(told[0].said(self.pgconn)))
        elif told:
            for one, result in zip(told, self._together(told), strict=True):
                one.take(self._good(result))

    def forget(self) -> None:
        """What was told and is not settled shall not run."""
        self._told.clear()

    def say(self, sql: bytes) -> Told:
        """Say what binds nothing and is not prepared, and wait: one statement or more. What came of the last."""
        self.settle()
        told = Told(self, sql, ())
        told.take(self._good(self.pgconn.exec_(sql)))
        return told

    def _together(self, told: Sequence[Told]) -> list[PGresult]:
        pgconn = self.pgconn
        pgconn.enter_pipeline_mode()
        try:
            for one in told:
                one.send(pgconn)
            pgconn.pipeline_sync()
            while pgconn.flush():
                is_ready(pgconn.socket, wait=True, writing=True)
                pgconn.consume_input()  # who is not heard does not listen for ever
            results = [self._next(pgconn) for _ in told]
            self._await_result()
            pgconn.get_result()  # that they are over
        except BaseException:
            if pgconn.status == ConnStatus.OK:
                self.close()  # what was not taken would be taken for the answer to something else
            raise
        pgconn.exit_pipeline_mode()
        return results

    def _next(self, pgconn: PGconn) -> PGresult:
        self._await_result()
        result = pgconn.get_result()
        if result is None or pgconn.status == ConnStatus.BAD:
            raise self._lost() if result is None else self._complaint(result)
        pgconn.get_result()  # that there is no more of it
        return result

    def _await_result(self) -> None:
        """Until the next can be taken without waiting: libpq's own wait would keep other threads from running."""
        while self.pgconn.is_busy():
            is_ready(self.pgconn.socket, wait=True)
            self.pgconn.consume_input()

    def _good(self, result: PGresult) -> PGresult:
        if result.status not in {ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK}:
            raise self._complaint(result)
        return result

    def _complaint(self, result: PGresult) -> psycopg.Error:
        error = error_from_result(result)
        return self._lost() if error.sqlstate is None and self.pgconn.status == ConnStatus.BAD else error

    def _lost(self) -> psycopg.Error:
        return psycopg.OperationalError(self.pgconn.get_error_message())

    def _name(self, sql: bytes, types: tuple[int, ...]) -> bytes | None:
        """Under what name it is prepared; None when it is not worth it yet. What was not said for longest is let go."""
        if self.prepare_threshold is None:
            return None
        key = (sql, types)
        known = self._known.pop(key, 0)
        if isinstance(known, int):
            known = known + 1 if known < self.prepare_threshold else self._made_ready(sql, types)
        self._known[key] = known
        if len(self._known) > _REMEMBERED:
            gone = self._known.pop(next(iter(self._known)))
            if isinstance(gone, bytes):
                self.say(b"DEALLOCATE " + gone)
        return known if isinstance(known, bytes) else None

    def _made_ready(self, sql: bytes, types: tuple[int, ...]) -> bytes:
        self._names += 1
        name = b"said_%d" % self._names
        self._good(self.pgconn.prepare(name, sql, types))
        return name
