"""SQLite as a session of the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tidemill.store.portable import Rendering
from tidemill.store.storable import storable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import apsw


def _path(path: str) -> str:
    """As SQLite writes a path of ``@field``: from its root on, and ``-1`` counted from the end."""
    return "'$" + path.strip("'").removeprefix("$").replace("[-", "[#-") + "'"


def _behind(value: str) -> str:
    return f", '$[#]', {value}"


#: What stands in SQLite for the words of portable SQL; ``store/portable.py`` says what each means.
DIALECT: Final[dict[str, Callable[..., str]]] = {
    "listed": lambda array, _kind="text": f"(SELECT value FROM json_each({array}))",
    "among": lambda column, array, _kind="text": f"{column} IN (SELECT value FROM json_each({array}))",
    "pairs": lambda array: f"(SELECT value ->> '$[0]', value ->> '$[1]' FROM json_each({array}))",
    "each": lambda array, name: f"jsonb_each({array}) AS {name}",
    "field": lambda name, path, _kind: f"({name}.value ->> {_path(path)})",
    "place": lambda name: f"{name}.key",
    "values": lambda array, name: f"json_each({array}) AS {name}",
    "of": lambda column, path, _kind: f"({column} ->> {_path(path)})",
    "get": lambda mapping, key, _kind: f"({mapping} ->> {key})",
    "array": lambda *values: f"json_array({', '.join(values)})",
    "json": lambda column: f"json({column})",
    "with_behind": lambda array, *values: f"json_insert({array}{''.join(map(_behind, values))})",
    "length": lambda array: f"json_array_length({array})",
    "greatest": lambda *values: f"max({', '.join(values)})",
    "least": lambda *values: f"min({', '.join(values)})",
    "total": lambda number: f"total({number})",
    "like": lambda text, pattern: f"{text} LIKE {pattern} ESCAPE '\\'",
    "contains": lambda text, part: f"instr(lower({text}), lower({part})) > 0",
    "first_word": lambda text: f"substr({text}, 1, instr({text} || ' ', ' ') - 1)",
    # keeps it from being flattened into the outer query, which would read each field once for each use
    "evaluated_once": lambda: "LIMIT -1",
    "locked": lambda _table: "",
    "locked_if_free": lambda _table: "",
    # for ``store/tailing.py``: here, what was handed out is what is there
    "handed_out": lambda table: f"(SELECT coalesce(max(seq), 0) FROM {table})",
    "oldest_at_work": lambda: "0",
    "transaction_number": lambda: "0",
    "by_values": lambda *sql: ", ".join(sql),
    "sqlite": lambda *sql: ", ".join(sql),
    "postgres": lambda *_sql: "",
    "concurrently": lambda: "",
}
rendered: Final = Rendering(DIALECT)


class SqliteSession:
    """A connection, spoken to in portable SQL."""

    __slots__ = ("changes", "connection")

    def __init__(self, connection: apsw.Connection) -> None:
        self.connection = connection
        self.changes = connection.changes

    def execute(self, sql: str, bindings: Any = None) -> apsw.Cursor:
        """Run a statement."""
        return self.connection.execute(rendered(sql), bindings and storable(bindings))

    tell = execute

    def written(self) -> int | None:
        """Grows with what is written; None where SQLite has undone the transaction."""
        return self.connection.total_changes() if self.connection.in_transaction else None

    def executemany(self, sql: str, many: Iterable[Any]) -> apsw.Cursor:
        """Run a statement once for each set of bindings."""
        return self.connection.executemany(rendered(sql), map(storable, many))
