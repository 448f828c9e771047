"""The types that JSON results may hold beyond JSON's own: a closed list, to which programs add theirs by name.

Nothing in a record can make a reader import a module or call a class that is not on the list.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from tidemill.main_program import SCRIPT_PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable

MARK: Final = "__tidemill__"
_MAIN: Final = "__main__"

_names: dict[type, str] = {}
_known: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {}


def register(
    kind: type,
    name: str | None = None,
    *,
    to_json: Callable[[Any], Any] | None = None,
    from_json: Callable[[Any], Any] | None = None,
) -> None:
    """Let JSON results hold values of this type.

    ``name`` stands in the record; it defaults to the class's qualified name. Enums, dataclasses, pydantic models and
    msgspec structs need no more; for others say how they become JSON and come back. Raises ValueError when another
    type has the name.
    """
    name = name or kind.__qualname__
    holder = next((other for other, taken in _names.items() if taken == name), None)
    if holder is not None and _place_of(holder) != _place_of(kind):
        raise ValueError(f"the name {name!r} already stands for {holder.__module__}.{holder.__qualname__}")
    if to_json is None or from_json is None:
        to_json, from_json = _derived(kind)
    _names[kind] = name
    _known[name] = (to_json, from_json)


def _place_of(kind: type) -> tuple[str, str]:
    """Where a class stands; one that is imported anew, or whose script is another program's by now, is the same."""
    module = _MAIN if kind.__module__.startswith(SCRIPT_PREFIX) else kind.__module__
    return module, kind.__qualname__


def _derived(kind: Any) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    make: Any = kind
    if issubclass(kind, Enum):
        return (lambda value: value.value), kind
    if hasattr(kind, "model_validate"):
        return (lambda value: value.model_dump(mode="json")), kind.model_validate
    if is_dataclass(kind):
        names = [field.name for field in fields(kind) if field.init]
        return (lambda value: {name: getattr(value, name) for name in names}), lambda said: make(**said)
    if hasattr(kind, "__struct_fields__"):
        names = list(kind.__struct_fields__)
        return (lambda value: {name: getattr(value, name) for name in names}), lambda said: kind(**said)
    raise TypeError(f"{kind.__qualname__} needs to_json and from_json: its fields cannot be known")


def encode(value: Any) -> Any:
    """A value of a registered type in JSON's own terms. Raises TypeError for any other."""
    kind = type(value)
    name = _names.get(kind)
    if name is None and isinstance(value, PurePath):
        name = "Path"
    if name is None:
        raise TypeError(
            f"{kind.__module__}.{kind.__qualname__} is not registered for JSON."
            f" Call tidemill.json_types.register({kind.__qualname__}), or use the serializer 'pickle'."
        )
    return {MARK: name, "value": _known[name][0](value)}


def decode(said: dict[str, Any]) -> Any:
    """What a JSON object stands for: a value of a registered type, or itself."""
    if MARK not in said:
        return said
    name = said[MARK]
    if name not in _known:
        raise ValueError(f"the record holds a {name!r}, which is not registered here: tidemill.json_types.register it")
    return _known[name][1](said["value"])


def _elapsed(value: timedelta) -> list[int]:
    return [value.days, value.seconds, value.microseconds]


for _kind, _to, _from in (
    (datetime, datetime.isoformat, datetime.fromisoformat),
    (date, date.isoformat, date.fromisoformat),
    (time, time.isoformat, time.fromisoformat),
    (timedelta, _elapsed, lambda said: timedelta(*said)),
    (Decimal, str, Decimal),
    (UUID, str, UUID),
    (Path, str, Path),
    (bytes, lambda value: b64encode(value).decode(), b64decode),
    (set, list, set),
    (frozenset, list, frozenset),
    (complex, lambda value: [value.real, value.imag], lambda said: complex(*said)),
):
    register(_kind, to_json=_to, from_json=_from)
