"""Take from the contract's large sdk.json what the tests use: names, kinds, signatures, members of tiers 1 and 2.

Run it when the contract changes: ``python -m tests.contract.reduce PATH/TO/contract/sdk.json``.
Signatures become Python text, `(a, b=None, *, c=...)`; `...` stands for a default that is not a literal.
"""

from __future__ import annotations

import json
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
TIERS_KEPT = (1, 2)
PLACEHOLDER = "..."


def signature(parameters: list[dict[str, Any]]) -> str:
    """Parameters as Python writes them."""
    parts: list[str] = []
    starred = False
    for before, parameter in pairwise([None, *parameters]):
        kind = parameter["kind"]
        if before is not None and before["kind"] == "pos" and kind != "pos":
            parts.append("/")
        if kind == "kw" and not starred:
            parts.append("*")
            starred = True
        starred = starred or kind == "*"
        prefix = kind if kind in ("*", "**") else ""
        default = f"={literal(parameter['default'])}" if "default" in parameter else ""
        parts.append(f"{prefix}{parameter['name']}{default}")
    if parameters and parameters[-1]["kind"] == "pos":
        parts.append("/")
    return f"({', '.join(parts)})"


def literal(default: Any) -> str:
    """A default as text that parses."""
    text = str(default)
    return PLACEHOLDER if text.startswith("<") else text


def callable_facts(source: dict[str, Any]) -> dict[str, Any]:
    """Signature of a function or method and how it is called."""
    facts: dict[str, Any] = {"signature": signature(source.get("params") or [])}
    facts |= {key: True for key in ("async", "async_generator") if source.get(key)}
    if source.get("aio") or source.get("sync_or_async"):
        facts["pair"] = True
    if "binding" in source:
        facts["binding"] = source["binding"]
    return facts


def name_facts(name: str, source: dict[str, Any], clients: set[str]) -> dict[str, Any]:
    """What the tests need to know about one importable name."""
    kind = source["kind"]
    facts: dict[str, Any] = {"kind": kind}
    if kind in ("function", "callable_object"):
        facts |= callable_facts(source)
    if kind == "reexport":
        facts["from"] = source["from"]
    facts |= {key: source[key] for key in ("bases", "members", "properties", "value") if source.get(key)}
    if "init" in source:
        facts["init"] = signature(source["init"])
    if source.get("fields"):
        facts["fields"] = {
            field: None if about.get("required") else literal(about.get("default", PLACEHOLDER))
            for field, about in source["fields"].items()
        }
    attributes = sorted({*(source.get("class_attrs") or ()), *(source.get("instance_attrs") or ())})
    if attributes:
        facts["attributes"] = attributes
    methods = {
        method: callable_facts(about)
        for method, about in (source.get("methods") or {}).items()
        if name in clients or not about.get("inherited_from_private")
    }
    if methods:
        facts["methods"] = methods
    return facts


def reduced(sdk: dict[str, Any]) -> dict[str, Any]:
    """The part of the contract that the tests use."""
    clients = set(sdk["client_methods"])
    return {
        "version": sdk["version"],
        "modules": {
            module: {
                "tier": about["tier"],
                "names": {
                    name: name_facts(name, source, clients) for name, source in (about.get("names") or {}).items()
                },
            }
            for module, about in sdk["modules"].items()
            if about["tier"] in TIERS_KEPT
        },
    }


if __name__ == "__main__":
    text = json.dumps(reduced(json.loads(Path(sys.argv[1]).read_text())), indent=1, sort_keys=True)
    (HERE / "sdk.json").write_text(text + "\n")
