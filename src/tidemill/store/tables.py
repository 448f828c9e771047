"""Plain things as rows: which column keeps which field of a struct, and the statements that follow from that.

For things that are made, changed and read as they are. What has a life of its own (runs, leases) has SQL of its own.

A field is kept in the column of its name: a text, an id or a word as text, a flag as 0 or 1, a number as a number.
Times are microseconds in ``<field>_us``. All else is JSON text. Fields that no column keeps are left out when the table
is declared, and have the struct's default when it is read.
"""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec

from tidemill.domain.states import from_us, to_us
from tidemill.store.asking import all_rows, scalar
from tidemill.store.fields import bound

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from tidemill.store.session import Session

T = TypeVar("T", bound=msgspec.Struct)


class Table(Generic[T]):
    """A table of plain things."""

    def __init__(
        self,
        name: str,
        type_: type[T],
        *,
        without: Collection[str] = (),
        columns: Mapping[str, str] | None = None,
        key: str = "id",
    ) -> None:
        """``without``: fields that are not kept; ``columns``: those kept under another name."""
        self.name = name
        self.key = key
        self._type = type_
        hints = get_type_hints(type_, include_extras=True)
        kept = [field for field in type_.__struct_fields__ if field not in without]
        self._fields = kept
        self._kinds = {field: _Kind(hints[field]) for field in kept}
        self._columns = {
            field: (columns or {}).get(field) or f"{field}{'_us' if self._kinds[field].is_time else ''}"
            for field in kept
        }
        self.selected = ", ".join(f"{name}.{column}" for column in self._columns.values())

    def column(self, field: str) -> str:
        """The column that keeps a field, with the table's name."""
        return f"{self.name}.{self._columns[field]}"

    def insert(self, session: Session, thing: T, *, unless: str | None = None, **more: Any) -> bool:
        """Add a row; ``more`` are columns that are no fields.

        False where there is one already that is equal in the columns of ``unless``.
        """
        row = {self._columns[field]: self._kinds[field].kept(getattr(thing, field)) for field in self._fields} | more
        conflict = f" ON CONFLICT ({unless}) DO NOTHING" if unless else ""
        session.execute(
            f"INSERT INTO {self.name} ({', '.join(row)}) VALUES ({', '.join(f':{name}' for name in row)}){conflict}",
            row,
        )
        return session.changes() > 0

    def update(self, session: Session, key: str, changes: Mapping[str, Any], **more: Any) -> bool:
        """Change the fields that ``changes`` names. False where there is no such row."""
        row = {self._columns[field]: self._kinds[field].kept(value) for field, value in changes.items()} | more
        if not row:
            return bool(scalar(session, f"SELECT 1 FROM {self.name} WHERE {self.key} = :key", {"key": key}))
        sets = ", ".join(f"{name} = :{name}" for name in row)
        session.execute(f"UPDATE {self.name} SET {sets} WHERE {self.key} = :the_key", {**row, "the_key": key})
        return session.changes() > 0

    def delete(self, session: Session, key: str) -> bool:
        """False where there was no such row."""
        session.execute(f"DELETE FROM {self.name} WHERE {self.key} = :key", {"key": key})
        return session.changes() > 0

    def read(self, session: Session, where: str, bindings: Mapping[str, Any], *, joined: str = "") -> list[T]:
        """The things for which ``where`` holds: SQL, in which an order and a limit may follow."""
        rows = all_rows(session, f"SELECT {self.selected} FROM {self.name} {joined} WHERE {where}", bindings)
        return [self.thing(row) for row in rows]

    def one(self, session: Session, where: str, bindings: Mapping[str, Any]) -> T | None:
        """The first of these, if any."""
        return next(iter(self.read(session, f"{where} LIMIT 1", bindings)), None)

    def thing(self, row: Any) -> T:
        """A row of ``selected`` as what it keeps."""
        kinds = self._kinds
        return self._type(**{field: kinds[field].read(value) for field, value in zip(self._fields, row, strict=True)})


class _Kind:
    """How values of a type are kept."""

    def __init__(self, hint: Any) -> None:
        plain = _without_none(hint)
        self.is_time = plain is datetime
        self.kept: Callable[[Any], Any] = _as_it_is
        self.read: Callable[[Any], Any] = _as_it_is
        if self.is_time:
            self.kept, self.read = _optional(to_us), _optional(from_us)
        elif plain is bool:
            self.kept, self.read = _optional(int), _optional(bool)
        elif plain is UUID:
            self.kept = _optional(str)
        elif isinstance(plain, type) and issubclass(plain, Enum):
            self.kept, self.read = _optional(_word), _optional(plain)
        elif plain not in (str, int, float):
            decode = msgspec.json.Decoder(hint, strict=False).decode if _decodable(hint) else msgspec.json.decode
            self.kept, self.read = _optional(bound), _optional(decode)


def _as_it_is(value: Any) -> Any:
    return value


def _optional(convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else convert(value)


def _word(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value


def _without_none(hint: Any) -> Any:
    """The type alone, where it is one type, maybe None and with constraints."""
    if get_origin(hint) is Annotated:
        return _without_none(get_args(hint)[0])
    if get_origin(hint) in (Union, UnionType):
        left = [one for one in get_args(hint) if one not in (NoneType, msgspec.UnsetType)]
        if len(left) == 1:
            return _without_none(left[0])
    return hint


def _decodable(hint: Any) -> bool:
    try:
        msgspec.json.Decoder(hint)
    except TypeError:
        return False
    return True
