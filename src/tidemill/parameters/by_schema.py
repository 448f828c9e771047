"""Values by JSON schema, as servers check them: they have no function to look at.

A schema may refer to parts of itself alone; nothing is ever fetched.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import msgspec

from tidemill.domain.job_templates import defaults_of, schema_of
from tidemill.exceptions import ParameterTypeError

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
    # The server alone checks by schema, and the libraries are large.
    from jsonschema.exceptions import SchemaError, UnknownType  # type: ignore[import-untyped]  # noqa: PLC0415 - as said
    from referencing.exceptions import Unresolvable  # noqa: PLC0415 - as said

    try:
        validator = _validator(msgspec.json.encode(schema))
        errors = sorted(validator.iter_errors(values), key=lambda error: list(map(str, error.path)))
    except (SchemaError, UnknownType) as error:
        return [("schema", f"is no JSON schema: {getattr(error, 'message', error)}")]
    except Unresolvable as error:
        return [("schema", f"refers to {error.ref!r}, which is not within it; nothing is fetched from elsewhere")]
    except RecursionError:
        return [("schema", "refers to itself without an end")]
    return [complaint for error in errors for complaint in _said(error)]


def _said(error: Any) -> list[tuple[str, str]]:
    at = ".".join(map(str, error.path))
    if error.validator == "required":
        missing = [name for name in error.validator_value if name not in error.instance]
        return [(f"{at}.{name}".lstrip("."), _NEEDED) for name in missing]
    return [(at or "values", error.message)]


@lru_cache(256)
def _validator(schema: bytes) -> Any:
    from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # noqa: PLC0415 - as above
    from referencing import Registry  # noqa: PLC0415 - as above

    said = msgspec.json.decode(schema)
    Draft202012Validator.check_schema(said)
    return Draft202012Validator(said, registry=Registry())
