"""Variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from tidemill.api.operations import variables as operations
from tidemill.domain.states import from_us
from tidemill.server.plain_names import refuse_unless_plain
from tidemill.server.refusals import not_valid
from tidemill.server.serving import Routes
from tidemill.server.told_things import tell_of
from tidemill.wire.base import changes_of
from tidemill.wire.variables import Variable, VariableCreate, VariableUpdate

if TYPE_CHECKING:
    from tidemill.server.calls import Call

routes: Final = Routes()
#: The most characters that a value has as JSON.
_LONGEST: Final = 5000


def _checked(said: dict[str, Any]) -> dict[str, Any]:
    """What is said of a variable, if it may be."""
    name = said.get("name")
    if name is not None:
        refuse_unless_plain(name, "name", underscores=True)
    length = len(msgspec.json.encode(said.get("value")).decode())
    if length > _LONGEST:
        raise not_valid("body", f"expected at most {_LONGEST:,} characters of JSON, got {length:,}", "value")
    return said


@routes.serves(operations.CREATE_VARIABLE)
def create_variable(call: Call, body: VariableCreate) -> Variable:
    """Make a variable."""
    now = from_us(call.now)
    variable = Variable(id=call.new_id(), created=now, updated=now, **_checked(msgspec.structs.asdict(body)))
    call.store.create_variable(variable)
    tell_of(call, "created", variable)
    return variable


@routes.serves(operations.READ_VARIABLE)
def read_variable(call: Call, id: str) -> Variable:  # noqa: A002 - the path's name for it
    """A variable by id."""
    return call.store.read_variable(id)


@routes.serves(operations.READ_VARIABLE_BY_NAME)
def read_variable_by_name(call: Call, name: str) -> Variable:
    """A variable by name."""
    return call.store.read_variable_by_name(name)


@routes.serves(operations.READ_VARIABLES)
def read_variables(call: Call, body: operations.ReadVariables) -> list[Variable]:
    """Variables by filter."""
    limit = call.limit(body.limit)
    return call.store.find_variables(body.variables, sort=body.sort, limit=limit, offset=body.offset)


@routes.serves(operations.COUNT_VARIABLES)
def count_variables(call: Call, body: operations.CountVariables) -> int:
    """How many there are."""
    return call.store.count_variables(body.variables)


@routes.serves(operations.UPDATE_VARIABLE)
def update_variable(call: Call, id: str, body: VariableUpdate) -> None:  # noqa: A002 - the path's name for it
    """Change a variable."""
    _update(call, id, body)


def _update(call: Call, id_: str, body: VariableUpdate) -> None:
    call.store.update_variable(id_, _checked(changes_of(body)), call.now)
    tell_of(call, "updated", call.store.read_variable(id_))


@routes.serves(operations.UPDATE_VARIABLE_BY_NAME)
def update_variable_by_name(call: Call, name: str, body: VariableUpdate) -> None:
    """Change a variable."""
    _update(call, call.store.read_variable_by_name(name).id, body)


@routes.serves(operations.DELETE_VARIABLE)
def delete_variable(call: Call, id: str) -> None:  # noqa: A002 - the path's name for it
    """Delete a variable."""
    _delete(call, call.store.read_variable(id))


def _delete(call: Call, variable: Variable) -> None:
    call.store.delete_variable(variable.id)
    tell_of(call, "deleted", variable)


@routes.serves(operations.DELETE_VARIABLE_BY_NAME)
def delete_variable_by_name(call: Call, name: str) -> None:
    """Delete a variable."""
    _delete(call, call.store.read_variable_by_name(name))
