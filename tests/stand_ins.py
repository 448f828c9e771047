"""Where many tests walk the same ground on several stores, one of a module stands for the others, unless all are asked for."""

from __future__ import annotations

from pathlib import Path

import pytest


def stand_in_for_others(items: list[pytest.Item], folder: Path, store: str) -> None:
    """Of the tests below ``folder`` over the ``store`` of that name, mark all but one a module as ``thorough``."""
    seen: set[Path] = set()
    for item in items:
        called_with = getattr(item, "callspec", None)
        if called_with and called_with.params.get("store") == store and item.path.is_relative_to(folder):
            if item.path in seen:
                item.add_marker("thorough")
            seen.add(item.path)
