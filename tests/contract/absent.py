"""What is not there on purpose: with which part of the plan it comes, and why not before."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache

from tests.contract.facts import HERE


@dataclass(frozen=True, slots=True)
class Absent:
    """Names that come together."""

    comes: str
    why: str
    modules: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def covers(self, label: str) -> bool:
        """Whether this says why a name is missing."""
        module = label.partition(":")[0]
        return label in self.names or any(is_within(module, above) for above in self.modules)


def is_within(module: str, above: str) -> bool:
    """Whether a module is another, or below it."""
    return module == above or module.startswith(f"{above}.")


@cache
def absent() -> tuple[Absent, ...]:
    """All of them, in the file's order."""
    entries = tomllib.loads((HERE / "absent.toml").read_text())["absent"]
    return tuple(
        Absent(entry["comes"], entry["why"], tuple(entry.get("modules", ())), tuple(entry.get("names", ())))
        for entry in entries
    )


def reason(label: str) -> Absent | None:
    """Why a name is missing, if somebody wrote it down."""
    return next((entry for entry in absent() if entry.covers(label)), None)
