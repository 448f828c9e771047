"""Values by JSON schema, as servers check them: they have no function to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tidemill.domain.job_templates import defaults_of, schema_of
from tidemill.exceptions import ParameterTypeError
from tidemill.parameters.json_schemas import UnusableSchemaError, errors_by_schema

if TYPE_CHECKING:
    from collections.abc import Mapping

_NEEDED: Final = "is required"


def check_by_schema(
    values: Mapping[str, Any], schema: Mapping[str, Any], what: str, *, all_required: bool = True
) -> None:
    """Look whether values fit a schema.

    A null for what need not be given counts as not given, and a text with ``{{ … }}`` in it is filled in later. With
    ``all_required=False`` what must be given may come later too. ``what`` says in messages what the values are. Raises
    ParameterTypeError, which names each field that does not fit; a schema that is none, or refers to elsewhere, is
    refused in the same way.
    """
    if not schema:
        return
    relaxed = schema if all_required else {**schema, "required": []}
    required = relaxed.get("required") or []
    given = {
        name: value
        for name, value in values.items()
        if not ((value is None and name not in required) or (isinstance(value, str) and "{{" in value))
    }
    left_out = values.keys() - given.keys()
    said = [line for line in _complaints(given, relaxed) if not _is_missing(line, left_out)]
    if said:
        raise ParameterTypeError(f"{what}: {'; '.join(f'{field}: {text}' for field, text in said)}")


def check_job_variables(template: Mapping[str, Any], variables: Mapping[str, Any], *, all_required: bool) -> None:
    """Look whether job variables, over the template's own, are what a work pool's template asks for.

    Raises ParameterTypeError as ``check_by_schema`` does.
    """
    schema = schema_of(template)
    if schema is not None:
        given = {**defaults_of(template), **variables}
        check_by_schema(given, schema, "Job variables do not fit the work pool", all_required=all_required)


def _is_missing(complaint: tuple[str, str], left_out: set[str]) -> bool:
    return complaint[1] == _NEEDED and complaint[0] in left_out


def _complaints(values: Mapping[str, Any], schema: Mapping[str, Any]) -> list[tuple[str, str]]:
    try:
        errors = sorted(errors_by_schema(schema, values), key=lambda error: list(map(str, error.path)))
    except UnusableSchemaError as error:
        return [("schema", str(error))]
    return [complaint for error in errors for complaint in _said(error)]


def _said(error: Any) -> list[tuple[str, str]]:
    at = ".".join(map(str, error.path))
    if error.validator == "required":
        missing = [name for name in error.validator_value if name not in error.instance]
        return [(f"{at}.{name}".lstrip("."), _NEEDED) for name in missing]
    return [(at or "values", error.message)]
