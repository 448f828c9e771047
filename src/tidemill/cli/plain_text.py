"""Values as text that cannot harm a terminal or break a line."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import Enum
from pathlib import PurePath
from typing import Any, Final
from uuid import UUID

#: control characters (with those of the second half), line and paragraph separators, text direction, lone surrogates
_HARMFUL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_TOO_DEEP: Final = "… nested too deeply to be shown"
_NAMED: Final = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}


def harmless(text: str) -> str:
    """The text on one line, with control characters written out: a run's name must not steer a terminal."""
    return _HARMFUL.sub(lambda found: _NAMED.get(found[0]) or f"\\u{ord(found[0]):04x}", text)


def indented(text: str, indent: str = "  ") -> str:
    """The text harmless, its lines below each other behind the indent: for messages, which may have several."""
    return "\n".join(f"{indent}{harmless(line)}" for line in text.split("\n"))


def plain(value: Any) -> Any:
    """The value as JSON has it: times as ISO 8601, durations as seconds."""
    if value is None or (isinstance(value, str | int | float) and not isinstance(value, Enum)):
        return value
    try:
        if isinstance(value, Mapping):
            return {str(key): plain(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [plain(each) for each in value]
        if isinstance(value, set | frozenset):
            return sorted((plain(each) for each in value), key=str)
    except RecursionError:
        return _TOO_DEEP
    return _scalar(value)


def _scalar(value: Any) -> Any:
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, datetime | date):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, UUID | PurePath):
        return str(value)
    fields = getattr(type(value), "__struct_fields__", None)
    if fields is not None:
        return {name: plain(getattr(value, name)) for name in fields}
    return str(value)  # a secret shows its stars


def to_json(value: Any, *, indent: int | None = None) -> str:
    """JSON; characters stand as they are, but lone surrogates, which no encoding takes, are written out."""
    text = json.dumps(plain(value), ensure_ascii=False, indent=indent)
    try:
        text.encode()
    except UnicodeEncodeError:
        text = json.dumps(plain(value), indent=indent)
    return text


def to_yaml(value: Any) -> str:
    """YAML in block style; texts are quoted as in JSON, and what is nested very deeply is JSON: YAML reads it alike."""
    found = plain(value)
    try:
        return "\n".join(_yaml_lines(found))
    except RecursionError:
        return to_json(found)


def _yaml_lines(value: Any, indent: str = "") -> list[str]:
    if isinstance(value, dict) and value:
        return [line for key, each in value.items() for line in _yaml_entry(f"{indent}{_yaml_key(key)}:", each, indent)]
    if isinstance(value, list) and value:
        return [line for each in value for line in _yaml_item(each, indent)]
    return [f"{indent}{to_json(value)}"]


def _yaml_entry(head: str, value: Any, indent: str) -> list[str]:
    if isinstance(value, dict | list) and value:
        return [head, *_yaml_lines(value, f"{indent}  ")]
    return [f"{head} {to_json(value)}"]


def _yaml_item(value: Any, indent: str) -> list[str]:
    first, *rest = _yaml_lines(value, f"{indent}  ")
    return [f"{indent}- {first.lstrip()}", *rest]


def _yaml_key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", key) and key.lower() not in _YAML_WORDS else to_json(key)


_YAML_WORDS: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


def as_text(value: Any) -> str:
    """One cell for people: nothing for ``None``, ``yes`` and ``no``, short JSON for what has parts."""
    found = plain(value)
    if found is None:
        return ""
    if isinstance(found, bool):
        return "yes" if found else "no"
    return harmless(found) if isinstance(found, str) else harmless(to_json(found))
