"""Writing TOML: the few things that settings need of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any, Final

_BARE_KEY: Final = r"[A-Za-z0-9_-]+"
_SHORT_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def write_toml(tables: Mapping[str, Any]) -> str:
    """A TOML document: plain values first, then a table for each mapping. Raises TypeError for what TOML has not."""
    return "".join(_table((), tables)).lstrip("\n")


def toml_key(*parts: str) -> str:
    """A key, dotted, quoted where it must be."""
    return ".".join(part if re.fullmatch(_BARE_KEY, part) else _text(part) for part in parts)


def toml_value(value: Any) -> str:
    """One value on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int | float):
        return repr(value)  # inf and nan are spelt alike in both languages
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return f"[{', '.join(toml_value(item) for item in value)}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{toml_key(str(key))} = {toml_value(item)}' for key, item in value.items())}}}"
    raise TypeError(f"TOML has nothing for {type(value).__name__}")


def _table(path: tuple[str, ...], table: Mapping[str, Any]) -> list[str]:
    lines = [
        f"{toml_key(key)} = {toml_value(value)}\n" for key, value in table.items() if not isinstance(value, Mapping)
    ]
    if path and (lines or not table):
        lines.insert(0, f"\n[{toml_key(*path)}]\n")
    for key, value in table.items():
        if isinstance(value, Mapping):
            lines.extend(_table((*path, key), value))
    return lines


def _text(text: str) -> str:
    return f'"{"".join(_escaped(character) for character in text)}"'


def _escaped(character: str) -> str:
    if character in _SHORT_ESCAPES:
        return _SHORT_ESCAPES[character]
    if character < " " or character == "\x7f":
        return f"\\u{ord(character):04X}"
    return character
