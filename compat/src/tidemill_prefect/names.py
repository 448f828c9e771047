"""How a name of the field's is written here, and what to say of one that is not there."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from tidemill._version import __version__

_PAIRS = (("prefect", "tidemill"), ("Prefect", "Tidemill"), ("PREFECT", "TIDEMILL"))


def ours(name: str) -> str:
    """A name as tidemill has it."""
    for theirs, our in _PAIRS:
        name = name.replace(theirs, our)
    return name


def theirs(name: str) -> str:
    """A name of tidemill's as programs for the alias have it."""
    for their, our in _PAIRS:
        name = name.replace(our, their)
    return name


def not_there(module: str, name: str | None = None) -> str:
    """The sentence about a module, or a name in it, that tidemill does not have. ``module`` is tidemill's."""
    asked = theirs(module if name is None else f"{module}.{name}")
    said = f"tidemill {__version__} has no {asked!r}"
    why = _reason(module, name)
    return f"{said}: {why}" if why else said


def _reason(module: str, name: str | None) -> str | None:
    label = None if name is None else f"{module}:{name}"
    for entry in _absent():
        within = any(module == above or module.startswith(f"{above}.") for above in entry.get("modules", ()))
        if within or (label is not None and label in entry.get("names", ())):
            later = "it will not come" if entry["comes"] == "never" else "it comes with a later version"
            return f"{entry['why']} ({later})"
    return None


@cache
def _absent() -> list[dict[str, Any]]:
    """What is not there; the list is tidemill's own, and comes with the distribution."""
    listed = files("tidemill_prefect") / "absent.toml"
    return list(tomllib.loads(listed.read_text("utf-8"))["absent"]) if listed.is_file() else []
