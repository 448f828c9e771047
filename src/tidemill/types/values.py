"""Types of the values that people keep beside runs: labels, variables, secrets.

This module loads pydantic.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec
from pydantic import BeforeValidator, Field, Secret, StrictBool, StrictFloat, StrictInt, StrictStr

from tidemill.types.coerced import cast_none_to_empty_dict

#: Of a variable's value, in characters of its JSON.
MAX_VARIABLE_VALUE_LENGTH: Final = 5000


def check_variable_value(value: object) -> object:
    """The value, if JSON can say it in at most 5000 characters. Raises ValueError."""
    try:
        said = msgspec.json.encode(value).decode()
    except (TypeError, ValueError) as error:
        raise ValueError(f"expected a value that JSON can say: {error}") from error
    if len(said) > MAX_VARIABLE_VALUE_LENGTH:
        raise ValueError(
            f"expected a value whose JSON has at most {MAX_VARIABLE_VALUE_LENGTH} characters; it has {len(said)}"
        )
    return value


class SecretDict(Secret[dict[str, Any]]):
    """A mapping that shows nothing of itself when it is printed; ``get_secret_value()`` gives it."""


KeyValueLabels = Annotated[
    dict[str, StrictBool | StrictInt | StrictFloat | str], BeforeValidator(cast_none_to_empty_dict)
]
KeyValueLabelsField = Annotated[
    KeyValueLabels,
    Field(
        title="Labels",
        default_factory=dict,
        description="Names and values by which people find things again.",
        examples=[{"team": "data", "priority": 2}],
    ),
]
VariableValue = StrictStr | StrictInt | StrictBool | StrictFloat | None | dict[str, Any] | list[Any]
StrictVariableValue = Annotated[VariableValue, BeforeValidator(check_variable_value)]
