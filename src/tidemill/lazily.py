"""Public names that are loaded when they are first asked for, so that importing one does not load them all."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def lazily(module: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """The ``__getattr__`` of a module whose names live in others: ``homes`` says where. What was found stays in it."""

    def find(name: str) -> Any:
        if name not in homes:
            from tidemill.suggestions import did_you_mean  # noqa: PLC0415 - only mistakes need it

            raise AttributeError(f"module {module!r} has no attribute {name!r}{did_you_mean(name, homes)}")
        value = getattr(import_module(homes[name]), name)
        setattr(sys.modules[module], name, value)
        return value

    return find
