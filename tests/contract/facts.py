"""The contract's facts as the tests read them, with the field's product name read as ours."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def ours(text: str) -> str:
    """A Python name or setting of the contract as we spell it."""
    return text.replace("prefect", "tidemill").replace("Prefect", "Tidemill").replace("PREFECT", "TIDEMILL")


def raw(file: str) -> dict[str, Any]:
    """A contract file as it stands, for what crosses the wire."""
    return json.loads((HERE / file).read_text())


@dataclass(frozen=True, slots=True)
class Name:
    """One importable name of the contract."""

    module: str
    name: str
    tier: int
    facts: dict[str, Any]

    @property
    def label(self) -> str:
        """How reports and the committed lists write it."""
        return f"{self.module}:{self.name}"

    @property
    def written(self) -> str:
        """The name with its kind and signature, for a reader."""
        kind = self.facts["kind"]
        signature = self.facts.get("signature", self.facts.get("init", ""))
        if kind == "reexport":
            return f"{self.name} (from {self.facts['from']})"
        prefix = "async " if self.facts.get("async") else ""
        return f"{prefix}{kind} {self.name}{signature}"


@cache
def sdk_names() -> tuple[Name, ...]:
    """Every name of tiers 1 and 2, in the order of modules and names."""
    modules = json.loads(ours((HERE / "sdk.json").read_text()))["modules"]
    return tuple(
        Name(module, name, about["tier"], facts)
        for module, about in sorted(modules.items())
        for name, facts in sorted(about["names"].items())
    )
