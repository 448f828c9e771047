"""Variables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.api.operations import variables as operations
from tidemill.client.methods import method
from tidemill.client.orchestration.asker import Asker, given
from tidemill.client.schemas.objects import Variable
from tidemill.exceptions import ObjectNotFound

if TYPE_CHECKING:
    from tidemill.client.schemas.actions import VariableCreate, VariableUpdate
    from tidemill.system.asking import Asking


class VariableMethods(Asker):
    """What can be asked about variables."""

    @method
    def create_variable(self, variable: VariableCreate) -> Asking[Variable]:
        """Make a variable. Raises ObjectAlreadyExists."""
        return (yield from self._ask(operations.CREATE_VARIABLE, Variable, variable))

    @method
    def update_variable(self, variable: VariableUpdate) -> Asking[None]:
        """Change the variable of that name. Raises ObjectNotFound."""
        yield from self._do(operations.UPDATE_VARIABLE_BY_NAME, variable, name=variable.name)

    @method
    def read_variable_by_name(self, name: str) -> Asking[Variable | None]:
        """A variable; None where there is none of that name."""
        try:
            return (yield from self._ask(operations.READ_VARIABLE_BY_NAME, Variable, name=name))
        except ObjectNotFound:
            return None

    @method
    def delete_variable_by_name(self, name: str) -> Asking[None]:
        """Delete a variable. Raises ObjectNotFound."""
        yield from self._do(operations.DELETE_VARIABLE_BY_NAME, name=name)

    @method
    def read_variables(self, limit: int | None = None) -> Asking[list[Variable]]:
        """The variables, by name."""
        return (yield from self._ask(operations.READ_VARIABLES, list[Variable], given(limit=limit)))
