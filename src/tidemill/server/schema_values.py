"""Whether values fit a JSON schema, told field by field, as forms want it.

A value may be a stand-in: ``{"__prefect_kind": "json", "value": …}`` is that JSON text, ``"workspace_variable"`` what
the variable holds; what is made by a template when it is used is not looked at.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from tidemill.parameters.json_schemas import UnusableSchemaError, errors_by_schema
from tidemill.wire.ui import SchemaValueIndexError, SchemaValuePropertyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Errors = list[str | SchemaValuePropertyError | SchemaValueIndexError]

_KIND: Final = "__prefect_kind"
_DEEPEST: Final = 200


class NoSchemaError(ValueError):
    """What should be a schema is none."""


class _Unknown:
    """Stands where a value is not known yet; fits everything."""


def errors_in(values: Mapping[str, Any], schema: Mapping[str, Any], variable: Callable[[str], Any]) -> Errors:
    """What is wrong, where. ``variable`` gives a variable's value; it raises LookupError where there is none.

    Raises NoSchemaError for what is no schema.
    """
    wrong: list[tuple[tuple[str | int, ...], str]] = []
    filled = _filled(values, variable, (), wrong)
    wrong += _complaints(filled, schema)
    errors: Errors = []
    for path, message in wrong:
        _put(errors, path, message)
    return errors


def _filled(
    value: Any,
    variable: Callable[[str], Any],
    here: tuple[str | int, ...],
    wrong: list[tuple[tuple[str | int, ...], str]],
) -> Any:
    """The value without stand-ins."""
    if len(here) > _DEEPEST:
        raise NoSchemaError(f"the values are nested more than {_DEEPEST} deep")
    if isinstance(value, list):
        return [_filled(inner, variable, (*here, place), wrong) for place, inner in enumerate(value)]
    if not isinstance(value, dict):
        return value
    kind = value.get(_KIND)
    if kind is None:
        return {key: _filled(inner, variable, (*here, key), wrong) for key, inner in value.items()}
    try:
        return _stood_for(kind, value, variable)
    except (ValueError, LookupError) as error:
        wrong.append((here, str(error)))
        return _Unknown()


def _stood_for(kind: str, said: Mapping[str, Any], variable: Callable[[str], Any]) -> Any:
    if kind == "none":
        return said.get("value")
    if kind == "json":
        try:
            return json.loads(said["value"]) if isinstance(said.get("value"), str) else said.get("value")
        except (ValueError, RecursionError) as error:
            raise ValueError(f"Invalid JSON: {error}") from error
    if kind == "workspace_variable":
        name = str(said.get("variable_name") or "")
        try:
            return variable(name)
        except LookupError as error:
            raise ValueError(f"Variable '{name}' not found in workspace.") from error
    return _Unknown()


def _complaints(values: Any, schema: Mapping[str, Any]) -> Iterable[tuple[tuple[str | int, ...], str]]:
    try:
        found = errors_by_schema(schema, values)
    except UnusableSchemaError as error:
        raise NoSchemaError(f"it {error}") from error
    told = [_told(error, schema) for error in found if not isinstance(error.instance, _Unknown)]
    return [one for one in told if one is not None]


def _told(error: Any, schema: Mapping[str, Any]) -> tuple[tuple[str | int, ...], str] | None:
    path = tuple(error.absolute_path)
    if error.validator == "required":
        return (*path, error.message.partition(" ")[0].strip("'")), error.message
    if error.instance is None and len(path) == 1 and path[0] not in (schema.get("required") or ()):
        return None  # null for what need not be given
    return path, error.message


def _put(errors: Errors, path: tuple[str | int, ...], message: str) -> None:
    """File a message under its path."""
    for step in path:
        errors = _under(errors, step)
    errors.append(message)


def _under(errors: Errors, step: str | int) -> Errors:
    for known in errors:
        if isinstance(known, SchemaValueIndexError) and known.index == step:
            return known.errors
        if isinstance(known, SchemaValuePropertyError) and known.property == step:
            return known.errors
    made = (
        SchemaValueIndexError(errors=[], index=step)
        if isinstance(step, int)
        else SchemaValuePropertyError(errors=[], property=step)
    )
    errors.append(made)
    return made.errors
