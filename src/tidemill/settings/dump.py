"""Settings as plain nested dicts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tidemill.settings.secret import Secret

if TYPE_CHECKING:
    from tidemill.settings.declare import Group


def dumped(group: Group, *, as_json: bool, secrets: bool, wanted: set[str] | None) -> dict[str, Any]:
    """The group's values by name; ``wanted`` limits them to settings of those environment names."""
    found: dict[str, Any] = {}
    for name, field in group.declared_settings.items():
        if wanted is None or field.name in wanted:
            found[name] = _plain(getattr(group, name), as_json=as_json, secrets=secrets)
    for name in group.declared_groups:
        nested = dumped(getattr(group, name), as_json=as_json, secrets=secrets, wanted=wanted)
        if nested or wanted is None:
            found[name] = nested
    return found


def _plain(value: Any, *, as_json: bool, secrets: bool) -> Any:
    if isinstance(value, Secret) and (secrets or as_json):
        return value.get_secret_value() if secrets else str(value)
    if isinstance(value, Mapping):
        return {name: _plain(each, as_json=as_json, secrets=secrets) for name, each in value.items()}
    return _as_json(value) if as_json else value


def _as_json(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return list(value)
    return str(value) if isinstance(value, Path) else value
