"""What can be asked about variables."""

from __future__ import annotations

from typing import Final

from tidemill.api.operation import Tag
from tidemill.wire.base import Limit, Offset, Wire
from tidemill.wire.filters import VariableFilter
from tidemill.wire.variables import Variable, VariableCreate, VariableSort, VariableUpdate


class CountVariables(Wire):
    """What is sent to ``/variables/count``."""

    variables: VariableFilter | None = None


class ReadVariables(Wire):
    """What is sent to ``/variables/filter``."""

    limit: Limit | None = None
    offset: Offset = 0
    sort: VariableSort = VariableSort("NAME_ASC")
    variables: VariableFilter | None = None


_tagged: Final = Tag("Variables")

CREATE_VARIABLE: Final = _tagged.post(
    "/variables/", "create_variable", permission="variables:write", body=VariableCreate, answer=Variable, status=201
)
COUNT_VARIABLES: Final = _tagged.post(
    "/variables/count",
    "count_variables",
    permission="variables:read",
    body=CountVariables,
    body_required=False,
    answer=int,
    writes=False,
)
READ_VARIABLES: Final = _tagged.post(
    "/variables/filter",
    "read_variables",
    permission="variables:read",
    body=ReadVariables,
    body_required=False,
    answer=list[Variable],
    writes=False,
)
DELETE_VARIABLE_BY_NAME: Final = _tagged.delete(
    "/variables/name/{name}", "delete_variable_by_name", permission="variables:write", status=204
)
READ_VARIABLE_BY_NAME: Final = _tagged.get(
    "/variables/name/{name}", "read_variable_by_name", permission="variables:read", answer=Variable
)
UPDATE_VARIABLE_BY_NAME: Final = _tagged.patch(
    "/variables/name/{name}", "update_variable_by_name", permission="variables:write", body=VariableUpdate, status=204
)
DELETE_VARIABLE: Final = _tagged.delete(
    "/variables/{id:uuid}", "delete_variable", permission="variables:write", status=204
)
READ_VARIABLE: Final = _tagged.get(
    "/variables/{id:uuid}", "read_variable", permission="variables:read", answer=Variable
)
UPDATE_VARIABLE: Final = _tagged.patch(
    "/variables/{id:uuid}", "update_variable", permission="variables:write", body=VariableUpdate, status=204
)
