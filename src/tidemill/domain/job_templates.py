"""Base job templates of work pools: what a job is made of (``job_configuration``), and which variables fill it in.

``variables`` is a JSON schema; ``{{ name }}`` in a text of the configuration stands for a variable of it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from tidemill.exceptions import OptionError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PLACEHOLDER: Final = re.compile(r"\{\{\s*([\w.\-\[\]$]+)\s*\}\}")
#: Placeholders that other things than variables fill in.
_OTHERS: Final = ("prefect.", "tidemill.", "ctx.", "$")


def check_job_template(template: Mapping[str, Any]) -> None:
    """Look at a template before it is kept. An empty one asks for nothing. Raises OptionError."""
    if not template:
        return
    missing = [part for part in ("job_configuration", "variables") if not isinstance(template.get(part), dict)]
    if missing:
        raise OptionError(
            f"a base job template needs the objects job_configuration and variables; {' and '.join(missing)} "
            f"{'is' if len(missing) == 1 else 'are'} missing"
        )
    known = _properties(template)
    unknown = sorted({name for name in _placeholders(template["job_configuration"]) if name not in known})
    if unknown:
        raise OptionError(
            f"the job configuration uses {', '.join(unknown)}, which the properties of its variables do not have. Add "
            "them to variables.properties, or leave out the placeholder"
        )


def defaults_of(template: Mapping[str, Any]) -> dict[str, Any]:
    """What variables are when nobody says otherwise."""
    return {name: about["default"] for name, about in _properties(template).items() if "default" in about}


def schema_of(template: Mapping[str, Any]) -> dict[str, Any] | None:
    """The JSON schema of all variables; None where the template has none."""
    schema = template.get("variables")
    return schema if isinstance(schema, dict) else None


def _properties(template: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    found = (schema_of(template) or {}).get("properties")
    return {
        name: about for name, about in (found if isinstance(found, dict) else {}).items() if isinstance(about, dict)
    }


def _placeholders(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        for found in _PLACEHOLDER.findall(value):
            if not found.startswith(_OTHERS):
                yield found.partition(".")[0].partition("[")[0]
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _placeholders(key)
            yield from _placeholders(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _placeholders(inner)
