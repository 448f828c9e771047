"""Saving profiles into the file they came from without spoiling what people wrote in it.

Lines are changed one by one, so that comments, order and tables that are not ours stay as they are; a comment goes only
with the line it ends or the profile it stands in. The changed text is read again; where it does not say what it should
(a value over several lines, an inline table), the whole document is written anew, which keeps all keys but no comments.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tidemill.settings.toml_text import toml_key, toml_value, write_toml

if TYPE_CHECKING:
    from collections.abc import Mapping


def edited(text: str, active: str | None, profiles: Mapping[str, Mapping[str, Any]]) -> str:
    """The document with these profiles and this active one, and all else as it was. ``text`` must be TOML or empty."""
    import tomllib  # noqa: PLC0415 - costs milliseconds, and is needed only to save

    before = tomllib.loads(text)
    wanted = _wanted(before, active, profiles)
    changed = _by_lines(text, before, wanted)
    try:
        if tomllib.loads(changed) == wanted:
            return changed
    except tomllib.TOMLDecodeError:
        pass
    return write_toml(wanted)


def _wanted(before: Mapping[str, Any], active: str | None, profiles: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    others = {key: value for key, value in before.items() if key not in {"active", "profiles"}}
    head: dict[str, Any] = {} if active is None else {"active": active}
    return {**head, **others, "profiles": {name: dict(settings) for name, settings in profiles.items()}}


def _by_lines(text: str, before: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    head, *tables = re.split(r"(?m)^(?=[ \t]*\[)", text)
    old: Mapping[str, Mapping[str, Any]] = before.get("profiles", {})
    new: Mapping[str, Mapping[str, Any]] = wanted["profiles"]
    parts = [_with_values(head, _only(before, "active"), _only(wanted, "active"), at_top=True)]
    for table in tables:
        name = _profile_of(table, old)
        if name is None:
            parts.append(table)
        elif name in new:
            parts.append(_with_values(table, old[name], new[name]))
    added = "".join(f"\n{_new_table(name, settings)}" for name, settings in new.items() if name not in old)
    body = "".join(parts)
    return (body if not body or body.endswith("\n") else body + "\n") + (added if body.strip() else added.lstrip("\n"))


def _only(table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    return {key: table[key]} if key in table else {}


def _profile_of(table: str, known: Mapping[str, Any]) -> str | None:
    header = table.split("\n", 1)[0].split("#", 1)[0].strip()
    return next((name for name in known if header.replace(" ", "") in _headers(name)), None)


def _headers(name: str) -> set[str]:
    return {f"[profiles.{toml_key(name)}]", f"[profiles.{toml_value(name)}]", f"[profiles.'{name}']"}


def _new_table(name: str, settings: Mapping[str, Any]) -> str:
    lines = "".join(f"{toml_key(key)} = {toml_value(value)}\n" for key, value in settings.items())
    return f"[profiles.{toml_key(name)}]\n{lines}"


def _with_values(block: str, old: Mapping[str, Any], new: Mapping[str, Any], *, at_top: bool = False) -> str:
    """The block with keys of ``old`` turned into those of ``new``; other lines stay."""
    for key, value in old.items():
        if key not in new:
            block = re.sub(_line_of(key), "", block, count=1)
        elif new[key] != value:
            block = re.sub(_line_of(key), _Rewritten(key, new[key]), block, count=1)
    added = "".join(f"{toml_key(key)} = {toml_value(value)}\n" for key, value in new.items() if key not in old)
    if at_top:
        return added + block
    body = block.rstrip()
    rest = block[len(body) :].removeprefix("\n")
    return f"{body}\n{added}{rest}" if added else block


class _Rewritten:
    """A line with another value and the comment it had."""

    def __init__(self, key: str, value: Any) -> None:
        self.line = f"{toml_key(key)} = {toml_value(value)}"

    def __call__(self, found: re.Match[str]) -> str:
        return f"{self.line}{found['comment'] or ''}{found['end']}"


def _line_of(key: str) -> str:
    spelt = "|".join(re.escape(way) for way in {toml_key(key), toml_value(key), f"'{key}'"})
    value = r"""(?:"(?:\\.|[^"\\\n])*"|'[^'\n]*'|[^#\n]*?)"""
    return rf"(?m)^[ \t]*(?:{spelt})[ \t]*=[ \t]*{value}(?P<comment>[ \t]*\#[^\n]*)?[ \t\r]*(?P<end>\n|\Z)"
