"""SQLite as a session of the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tidemill.store.portable import Rendering

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import apsw

#: What stands in SQLite for the words of portable SQL.
DIALECT: Final[dict[str, Callable[..., str]]] = {
    # the texts of a JSON array that is bound, as the right side of IN
    "listed": lambda array: f"(SELECT value FROM json_each({array}))",
    # the elements of a JSON array that is bound, as a table with the column ``value``
    "each": lambda array, name: f"jsonb_each({array}) AS {name}",
    "greatest": lambda *values: f"max({', '.join(values)})",
    "least": lambda *values: f"min({', '.join(values)})",
}
_rendered: Final = Rendering(DIALECT)


class SqliteSession:
    """A connection, spoken to in portable SQL."""

    __slots__ = ("changes", "connection")

    def __init__(self, connection: apsw.Connection) -> None:
        self.connection = connection
        self.changes = connection.changes

    def execute(self, sql: str, bindings: Any = None) -> apsw.Cursor:
        """Run a statement."""
        return self.connection.execute(_rendered(sql), bindings)

    def executemany(self, sql: str, many: Iterable[Any]) -> apsw.Cursor:
        """Run a statement once for each set of bindings."""
        return self.connection.executemany(_rendered(sql), many)
