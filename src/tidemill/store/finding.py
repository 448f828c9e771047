"""From filters to SQL. A noun says which column stands for which field of its filter; operators are everybody's."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from tidemill.domain.states import to_us
from tidemill.exceptions import InputError
from tidemill.store.comparing import (
    COMPARISONS,
    LIST_COMPARISONS,
    comparison,
    list_comparison,
    literally,
    part_of,
)
from tidemill.store.errors import StoreError
from tidemill.store.fields import bound
from tidemill.wire.operators import Filter, Operator, TextSearch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Column = str | Callable[[Filter, "Bindings"], str]


#: SQLite takes conditions a thousand deep, and PostgreSQL plans for minutes what has thousands. A list is one value.
_MOST_VALUES: Final = 500


class TooMuchAskedError(StoreError, InputError, ValueError):
    """A filter has more conditions than a database can be asked at once."""


class Bindings(dict[str, Any]):
    """What a statement binds; names are made as values come."""

    def bind(self, value: Any) -> str:
        """The placeholder that stands for a value. Raises TooMuchAskedError when there are too many."""
        if len(self) >= _MOST_VALUES:
            raise TooMuchAskedError(f"the filter asks for more than {_MOST_VALUES} things at once; ask in parts")
        name = f"b{len(self)}"
        self[name] = _bound(value)
        return f":{name}"

    def bind_part(self, text: str) -> str:
        """The placeholder of a pattern for texts that have this one somewhere within."""
        return self.bind(part_of(text))


def _bound(value: Any) -> Any:
    if isinstance(value, list):
        return bound([_bound(one) for one in value])
    if isinstance(value, datetime):
        return to_us(value)
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, UUID):
        return str(value)
    return value.value if isinstance(value, Enum) else value


def _beginnings(column: str, beginnings: list[str], bindings: Bindings) -> str:
    likes = [f"@like({column}, {bindings.bind(literally(one) + '%')})" for one in beginnings]
    return f"({' OR '.join(likes)})" if likes else "false"


def tags(column: str) -> Column:
    """A column that holds a JSON list of texts."""

    def sql(given: Filter, bindings: Bindings) -> str:
        parts = [
            list_comparison(name, column, bindings.bind(value), asks_for_some=bool(value))
            for name in given.__struct_fields__
            if name in LIST_COMPARISONS and (value := getattr(given, name)) is not None
        ]
        return combined(given, parts)

    return sql


def within(template: str, column: str) -> Column:
    """A column of another table: ``{}`` in the template is where the condition on it goes."""

    def sql(given: Filter, bindings: Bindings) -> str:
        condition = _on(column, given, bindings)
        return template.format(condition) if condition else ""

    return sql


def _on(column: str, given: Filter, bindings: Bindings) -> str:
    parts = []
    for name in given.__struct_fields__:
        value = getattr(given, name)
        if value is None:
            continue
        if name in {"is_null_", "exists_"}:  # said so that an index of what is there, or is not, can be used
            parts.append(f"{column} IS NULL" if value is (name == "is_null_") else f"{column} IS NOT NULL")
        elif name in COMPARISONS:
            value = part_of(value) if name == "like_" else value
            parts.append(comparison(name, column, bindings.bind(value)))
        elif name == "startswith_":
            parts.append(_beginnings(column, value, bindings))
    return combined(given, parts)


def combined(given: Filter, parts: list[str]) -> str:
    """The conditions on one field, or of one filter, joined as it says; empty where there is none."""
    if not parts:
        return ""
    word = " OR " if getattr(given, "operator", None) is Operator.OR else " AND "
    return f"({word.join(parts)})"


class Noun:
    """What one kind of thing can be asked for."""

    def __init__(self, columns: Mapping[str, Column]) -> None:
        """``columns``: for each field of the filter, and ``outer.inner`` for fields of groups, what is compared."""
        self._columns = columns

    def where(self, given: Filter | None, bindings: Bindings) -> str:
        """The conditions as SQL; "true" where nothing is asked."""
        return "true" if given is None else self._all(given, "", bindings) or "true"

    def _all(self, given: Filter, prefix: str, bindings: Bindings) -> str:
        parts = []
        for name in given.__struct_fields__:
            asked = getattr(given, name)
            if isinstance(asked, Filter):
                parts.append(self._field(f"{prefix}{name}", asked, bindings))
        return combined(given, [part for part in parts if part])

    def _field(self, name: str, asked: Filter, bindings: Bindings) -> str:
        column = self._columns.get(name)
        if column is None:
            return self._all(asked, f"{name}.", bindings)
        if isinstance(column, str):
            return _searched(column, asked, bindings) if isinstance(asked, TextSearch) else _on(column, asked, bindings)
        return column(asked, bindings)


def _searched(column: str, asked: TextSearch, bindings: Bindings) -> str:
    """All words must occur, those behind a minus must not; what is in quotes is one word."""
    parts = []
    for word, unwanted in words_of(asked.query):
        found = f"@like({column}, {bindings.bind(part_of(word))})"
        parts.append(f"NOT {found}" if unwanted else found)
    return f"({' AND '.join(parts)})" if parts else ""


def words_of(query: str) -> list[tuple[str, bool]]:
    """The words of a search, and of each whether it must not occur."""
    found, rest = [], query.strip()
    while rest:
        unwanted = rest[0] in "-!" and len(rest) > 1
        rest = rest[1:] if unwanted else rest
        if rest.startswith('"') and (end := rest.find('"', 1)) > 0:
            word, rest = rest[1:end], rest[end + 1 :]
        else:
            word, _, rest = rest.partition(" ")
        rest = rest.lstrip()
        if word:
            found.append((word, unwanted))
    return found
