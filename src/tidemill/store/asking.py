"""The ways to ask a session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tidemill.store.session import Asked, Session

Row = tuple[Any, ...]


def all_rows(session: Asked, sql: str, bindings: Any = None) -> list[Row]:
    """Every row that answers."""
    return session.execute(sql, bindings).fetchall()


def one_row(session: Asked, sql: str, bindings: Any = None) -> Row | None:
    """The first row that answers, if any."""
    return next(iter(all_rows(session, sql, bindings)), None)


def scalar(session: Asked, sql: str, bindings: Any = None) -> Any:
    """The first value of the first row; None when no row answers."""
    row = one_row(session, sql, bindings)
    return None if row is None else row[0]


def hold(session: Session, table: str, id_: str) -> None:
    """Keep a row as it is until the transaction is over; what is asked afterwards is as it stands then."""
    session.execute(f"SELECT 1 FROM {table} WHERE id = :id @locked({table})", {"id": id_}).fetchall()
