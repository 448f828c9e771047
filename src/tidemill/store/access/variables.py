"""Variables: values that are read by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tidemill.store.access.base import Access
from tidemill.store.asking import scalar
from tidemill.store.errors import MissingError, TakenError
from tidemill.store.finding import Bindings, Noun, tags
from tidemill.store.tables import Table
from tidemill.wire.variables import Variable, VariableSort

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidemill.store.session import Session
    from tidemill.wire.filters import VariableFilter

_VARIABLES: Final = Table("variable", Variable)
_NOUN: Final = Noun({"id": "variable.id", "name": "variable.name", "tags": tags("variable.tags")})
_ORDERS: Final = {
    VariableSort.CREATED_DESC: "variable.created_us DESC, variable.id",
    VariableSort.UPDATED_DESC: "variable.updated_us DESC, variable.id",
    VariableSort.NAME_DESC: "variable.name DESC",
    VariableSort.NAME_ASC: "variable.name ASC",
}


class Variables(Access):
    """Making, reading and changing variables."""

    def create_variable(self, variable: Variable) -> None:
        """Raises TakenError if there is one of this name."""
        with self._connections.writing() as session:
            if not _VARIABLES.insert(session, variable, unless="workspace_id, name"):
                raise _taken(variable.name)

    def read_variable(self, handle: str) -> Variable:
        """By id. Raises MissingError if there is none."""
        with self._connections.reading() as session:
            return _one(session, "id", handle)

    def read_variable_by_name(self, name: str) -> Variable:
        """Raises MissingError if there is none."""
        with self._connections.reading() as session:
            return _one(session, "name", name)

    def find_variables(
        self, wanted: VariableFilter | None = None, *, sort: VariableSort, limit: int, offset: int = 0
    ) -> list[Variable]:
        """Those for which the filter holds."""
        bindings = Bindings()
        where = _NOUN.where(wanted, bindings)
        tail = f"ORDER BY {_ORDERS[sort]} LIMIT {bindings.bind(limit)} OFFSET {bindings.bind(offset)}"
        with self._connections.reading() as session:
            return _VARIABLES.read(session, f"{where} {tail}", bindings)

    def count_variables(self, wanted: VariableFilter | None = None) -> int:
        """How many there are for which the filter holds."""
        bindings = Bindings()
        with self._connections.reading() as session:
            return int(
                scalar(session, f"SELECT count(*) FROM variable WHERE {_NOUN.where(wanted, bindings)}", bindings)
            )

    def update_variable(self, id_: str, changes: Mapping[str, Any], now: int) -> None:
        """Change the fields that are named. Raises MissingError, or TakenError for a name that another has."""
        with self._connections.writing() as session:
            name = changes.get("name")
            if name is not None and scalar(
                session, "SELECT 1 FROM variable WHERE name = :name AND id <> :id", {"name": name, "id": id_}
            ):
                raise _taken(name)
            if not _VARIABLES.update(session, id_, changes, updated_us=now):
                raise _missing(id_)

    def delete_variable(self, id_: str) -> None:
        """Raises MissingError if there is none."""
        with self._connections.writing() as session:
            if not _VARIABLES.delete(session, id_):
                raise _missing(id_)


def _one(session: Session, column: str, value: str) -> Variable:
    found = _VARIABLES.one(session, f"variable.{column} = :value", {"value": value})
    if found is None:
        raise _missing(value)
    return found


def _missing(handle: str) -> MissingError:
    return MissingError(f"no variable '{handle}'. Set it with: tidemill variable set NAME VALUE")


def _taken(name: str) -> TakenError:
    return TakenError(f"there is a variable '{name}' already. Change it with: tidemill variable set {name} --overwrite")
