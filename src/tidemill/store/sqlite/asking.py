"""The three ways to ask a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import apsw

Row = tuple[Any, ...]


def all_rows(connection: apsw.Connection, sql: str, bindings: Any = None) -> list[Row]:
    """Every row that answers."""
    return connection.execute(sql, bindings).fetchall()


def one_row(connection: apsw.Connection, sql: str, bindings: Any = None) -> Row | None:
    """The first row that answers, if any."""
    return next(iter(all_rows(connection, sql, bindings)), None)


def scalar(connection: apsw.Connection, sql: str, bindings: Any = None) -> Any:
    """The first value of the first row; None when no row answers."""
    row = one_row(connection, sql, bindings)
    return None if row is None else row[0]
