"""Parameters that are filled in when a run is made: in place of a value an object that says where it comes from.

``{"__prefect_kind": "json", "value": "[1]"}`` is what the text says; ``workspace_variable`` stands for the value of the
variable ``variable_name``; ``none`` for the ``value`` as it stands, which may be filled in itself. The spelling
``__tidemill_kind`` does as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from tidemill.exceptions import OptionError
from tidemill.suggestions import one_of

if TYPE_CHECKING:
    from collections.abc import Callable

_MARKS: Final = ("__prefect_kind", "__tidemill_kind")
_KINDS: Final = ("json", "none", "workspace_variable")
#: Objects may say that they are filled in from others, so deep and no deeper.
_DEEPEST: Final = 64


def filled_in(value: Any, variable: Callable[[str], Any], *, depth: int = _DEEPEST) -> Any:
    """The value with all that is in it filled in. ``variable`` gives a variable's value, or raises LookupError.

    Raises OptionError for what cannot be filled in.
    """
    if depth == 0:
        raise OptionError(f"a parameter is filled in more than {_DEEPEST} levels deep")
    if isinstance(value, list):
        return [filled_in(one, variable, depth=depth - 1) for one in value]
    if not isinstance(value, dict):
        return value
    kind = next((value[mark] for mark in _MARKS if mark in value), None)
    if kind is None:
        return {name: filled_in(one, variable, depth=depth - 1) for name, one in value.items()}
    return _of_kind(kind, value, lambda inner: filled_in(inner, variable, depth=depth - 1), variable)


def _of_kind(
    kind: object, value: dict[str, Any], inner: Callable[[Any], Any], variable: Callable[[str], Any]
) -> Any:  # fmt: skip
    if kind == "none":
        return inner(value.get("value"))
    if kind == "json":
        return _json(inner(value.get("value")))
    if kind == "workspace_variable":
        return _variable(inner(value.get("variable_name")), variable)
    raise OptionError(f"a parameter of kind {kind!r} cannot be filled in here; there is {one_of(_KINDS)}")


def _json(text: object) -> Any:
    if not isinstance(text, str):
        raise OptionError.expected("value", "JSON text, for a parameter of kind 'json'", text)
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise OptionError(f"a parameter of kind 'json' is not JSON: {error}") from error


def _variable(name: object, variable: Callable[[str], Any]) -> Any:
    if not isinstance(name, str):
        raise OptionError.expected("variable_name", "the name of a variable", name)
    try:
        return variable(name)
    except LookupError as error:
        raise OptionError(f"a parameter is to be the variable {name!r}, which there is not. Set it first") from error
