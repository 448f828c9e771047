"""Texts as any database takes them: without NUL, and with nothing that has no encoding."""

from __future__ import annotations

from typing import Any

from tidemill.domain.names import clean_text


def storable(bindings: Any) -> Any:
    """The bindings of a statement, by name or by place. Most need nothing, and are looked at in one go."""
    values = bindings.values() if isinstance(bindings, dict) else bindings
    texts = "".join([value for value in values if type(value) is str])
    if "\0" not in texts and (texts.isascii() or _has_encoding(texts)):
        return bindings
    if isinstance(bindings, dict):
        return {name: _cleaned(value) for name, value in bindings.items()}
    return [_cleaned(value) for value in bindings]


def _has_encoding(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _cleaned(value: Any) -> Any:
    return clean_text(value) if isinstance(value, str) else value
