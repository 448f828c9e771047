"""PostgreSQL as a session of the store."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from psycopg.errors import InFailedSqlTransaction
from psycopg.pq import TransactionStatus

from tidemill.store.portable import SAID, Rendering
from tidemill.store.postgres.dialect import DIALECT
from tidemill.store.session import BEGIN_PART, END_PART
from tidemill.store.storable import storable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tidemill.store.postgres.exchange import ExchangingConnection, Told

rendered: Final = Rendering(DIALECT)
#: What stands for bound values. ``::`` is a cast.
_BOUND: Final = re.compile(rf"{SAID}|::|\?|:(_\d+|[a-z]\w*)", re.IGNORECASE)


#: What is worth preparing, and may be: a failed transaction takes nothing but the end of it.
_WORTH_PREPARING: Final = re.compile(r"\s*(?:SELECT|INSERT|UPDATE|DELETE|WITH)\b")
#: A transaction in which a statement failed, or whose connection is lost.
_FAILED: Final = frozenset({TransactionStatus.INERROR, TransactionStatus.UNKNOWN})
_NEXT_PART: Final = f"{END_PART}; {BEGIN_PART}".encode()


class Said(NamedTuple):
    """A statement with ``$1`` … for what is bound, and the names of these; ``?`` goes by its number from 0."""

    sql: bytes
    names: tuple[str | int, ...]
    may_prepare: bool
    writes: bool


_known: Final[dict[str, Said]] = {}


def said(sql: str) -> Said:
    """A portable statement in PostgreSQL's words; each is put into them once."""
    known = _known.get(sql)
    if known is None:
        known = _known[sql] = _numbered(rendered.rendered(_named(sql)))
    return known


def _named(sql: str) -> str:
    """With a name for each ``?``, since a word may say its argument twice."""
    count = 0

    def name(found: re.Match[str]) -> str:
        nonlocal count
        if found[0] != "?":
            return found[0]
        count += 1
        return f":_{count - 1}"

    return _BOUND.sub(name, sql)


def _numbered(sql: str) -> Said:
    names: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        return found[0] if found[1] is None else f"${names.setdefault(found[1], len(names) + 1)}"

    words = _BOUND.sub(number, sql)
    return Said(
        words.encode(),
        tuple(int(name[1:]) if name.startswith("_") else name for name in names),
        may_prepare=_WORTH_PREPARING.match(words) is not None,
        writes=not words.lstrip().startswith("SELECT"),
    )


class PostgresSession:
    """A connection, spoken to in portable SQL.

    The end of a part of a transaction waits for what is said next, and is forgotten at the commit, as what is told
    waits: an exchange with the server takes longer than most statements.
    """

    __slots__ = ("_changes", "_part_is_over", "_written", "connection")

    def __init__(self, connection: ExchangingConnection) -> None:
        self.connection = connection
        self._changes = 0
        self._part_is_over = False
        self._written = 0

    def execute(self, sql: str, bindings: Any = None) -> _Rows:
        """Run a statement."""
        if self._part_is_over:
            self._part_is_over = False
            self.connection.say(_NEXT_PART if sql == BEGIN_PART else END_PART.encode())
            if sql == BEGIN_PART:
                return _Rows([])
        if sql == END_PART:
            self.connection.settle()
            refuse_if_failed(self.connection)
            self._part_is_over = True
            return _Rows([])
        statement = said(sql)
        if not statement.names and not statement.may_prepare:  # may be several
            self._written += statement.writes
            told = self.connection.say(statement.sql)
        else:
            told = self._told(statement, bindings)
            self.connection.settle()
        self._changes = told.changes
        return _Rows(told.rows)

    def tell(self, sql: str, bindings: Any = None) -> None:
        """Run a statement whose answer nobody needs, with the next that is run, or before the commit."""
        self._end_part()
        self._told(said(sql), bindings)

    def _end_part(self) -> None:
        if self._part_is_over:
            self._part_is_over = False
            self.connection.say(END_PART.encode())

    def _told(self, statement: Said, bindings: Any) -> Told:
        self._written += statement.writes
        given = storable([bindings[name] for name in statement.names]) if statement.names else ()
        return self.connection.tell(statement.sql, given, may_prepare=statement.may_prepare)

    def executemany(self, sql: str, many: Iterable[Any]) -> None:
        """Run a statement once for each set of bindings."""
        self._end_part()
        told = [self._told(said(sql), one) for one in many]
        self.connection.settle()
        self._changes = told[-1].changes if told else 0

    def written(self) -> int | None:
        """How many statements that may write were said; None where one failed."""
        failed = self.connection.pgconn.transaction_status in _FAILED
        return None if failed else self._written

    def changes(self) -> int:
        """How many rows the statement before this changed."""
        return self._changes


def refuse_if_failed(connection: ExchangingConnection) -> None:
    """Somebody went on though a statement had failed. The end of a transaction would undo it then, and not say so."""
    if connection.pgconn.transaction_status == TransactionStatus.INERROR:
        raise InFailedSqlTransaction("a statement failed, and what was done with it was to be kept")


class _Rows:
    __slots__ = ("_rows",)

    def __init__(self, rows: list[Any]) -> None:
        self._rows = rows

    def fetchall(self) -> list[Any]:
        """The rows; none where the statement answers with nothing."""
        return self._rows
