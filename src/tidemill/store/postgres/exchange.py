"""Exchanges with PostgreSQL by libpq itself.

A cursor of psycopg's takes several times as long over an exchange as libpq and the server do. So the store's statements
go past the cursors; what values look like on their way is still said by psycopg's adapters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg.pq.abc import PGresult

#: How many statements a connection remembers; the server keeps a plan for each that was prepared.
_REMEMBERED: Final = 256
_AS_SUITS: Final = PyFormat.AUTO


class ExchangingConnection(psycopg.Connection[Any]):
    """A connection whose statements go to libpq. One thread speaks at a time, and is not interrupted by signals."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        #: A name where it was prepared, or else how often it was said.
        self._known: dict[tuple[bytes, tuple[int, ...]], bytes | int] = {}
        self._names = 0

    def exchange(self, sql: bytes, values: Sequence[Any], *, may_prepare: bool) -> tuple[list[Any], int]:
        """Say a statement with ``$1`` … for the values: the rows, and how many it changed or found.

        ``may_prepare``: prepared by the connection's threshold, when it comes back. Raises psycopg's errors.
        """
        words = Transformer(self)
        given = words.dump_sequence(values, [_AS_SUITS] * len(values))
        name = self._name(sql, words.types or ()) if may_prepare else None
        if name is not None:
            result = self.pgconn.exec_prepared(name, given, words.formats)  # type: ignore[arg-type]  # takes None for NULL, too
        elif not values and not may_prepare:  # may be several
            result = self.pgconn.exec_(sql)
        else:
            result = self.pgconn.exec_params(sql, given, words.types, words.formats)
        if result.status == ExecStatus.COMMAND_OK:
            return [], result.command_tuples or 0
        if result.status != ExecStatus.TUPLES_OK:
            raise self._complaint(result)
        words.set_pgresult(result)
        return words.load_rows(0, result.ntuples, tuple), result.command_tuples or 0

    def say(self, sql: bytes) -> None:
        """Say what binds nothing and is not prepared: one statement or more."""
        self.exchange(sql, (), may_prepare=False)

    def _complaint(self, result: PGresult) -> psycopg.Error:
        error = error_from_result(result)
        if error.sqlstate is None and self.pgconn.status == ConnStatus.BAD:
            return psycopg.OperationalError(str(error))
        return error

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
            self._let_go(self._known.pop(next(iter(self._known))))
        return known if isinstance(known, bytes) else None

    def _made_ready(self, sql: bytes, types: tuple[int, ...]) -> bytes:
        self._names += 1
        name = b"said_%d" % self._names
        result = self.pgconn.prepare(name, sql, types)
        if result.status != ExecStatus.COMMAND_OK:
            raise self._complaint(result)
        return name

    def _let_go(self, known: bytes | int) -> None:
        if isinstance(known, bytes):
            self.say(b"DEALLOCATE " + known)
