"""What forms ask before they send values on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tidemill.api.operations import ui as operations
from tidemill.server.refusals import Refusal
from tidemill.server.schema_values import NoSchemaError, errors_in
from tidemill.server.serving import Routes
from tidemill.wire.ui import SchemaValuesValidationResponse

if TYPE_CHECKING:
    from tidemill.server.calls import Call

routes: Final = Routes()


@routes.serves(operations.VALIDATE_OBJ)
def validate_obj(call: Call, body: operations.ValidateObj) -> SchemaValuesValidationResponse:
    """Whether values fit a schema, and where they do not."""

    def variable(name: str) -> Any:
        if not call.actor.may("variables:read"):
            raise LookupError(name)
        return call.store.read_variable_by_name(name).value

    try:
        errors = errors_in(body.values, body.schema, variable)
    except NoSchemaError as error:
        raise Refusal(422, f"Invalid schema: {error}") from error
    return SchemaValuesValidationResponse(errors=errors, valid=not errors)
