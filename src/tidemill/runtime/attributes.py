"""Module attributes that are looked up when they are read."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from types import NoneType
from typing import TYPE_CHECKING, Any, Final

from tidemill.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_TRUE: Final = frozenset({"1", "true", "t", "yes", "y", "on"})


def _utc(said: str) -> datetime:
    moment = datetime.fromisoformat(said)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


#: How the text of a variable becomes a value of the kind that it stands in for.
type_cast: Final[dict[type, Callable[[str], Any]]] = {
    bool: lambda said: said.strip().lower() in _TRUE,
    int: int,
    float: float,
    str: str,
    datetime: _utc,
    NoneType: str,
}


def lookup(module: str, fields: Mapping[str, Callable[[], Any]], name: str) -> Any:
    """The value of a module's field: what its variable says, else what the run says.

    Raises AttributeError for a field that is in neither, ValueError where a variable cannot stand in for the value.
    """
    variable = f"TIDEMILL__RUNTIME__{module.rsplit('.', 1)[-1].upper()}__{name.upper()}"
    said = os.environ.get(variable)
    ask = fields.get(name)
    if ask is None:
        if said is not None:
            return said
        raise AttributeError(f"module {module!r} has no attribute {name!r}{did_you_mean(name, fields)}")
    value = ask()
    if said is None:
        return value
    cast = type_cast.get(type(value))
    if cast is None:
        raise ValueError(
            f"{variable} cannot stand in for {name!r}, which is a {type(value).__name__}: text does not say one. Set"
            " the attribute itself, for instance with pytest's monkeypatch"
        )
    return cast(said)


def address(base: str | None, kind: str, run_id: str | None) -> str | None:
    """Where a run is found below the address of the API or the UI; ``None`` without a run or a server."""
    return f"{base.rstrip('/')}/{kind}/{run_id}" if base and run_id else None
