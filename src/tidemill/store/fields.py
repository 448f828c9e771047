"""The SQL that reads an entry's fields out of a batch, made from the declaration of the entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from tidemill.domain.entries import Entry


def columns(entry: type[Entry], path: str = "$", *, source: str = "value") -> dict[str, str]:
    """For each field, the expression that reads it from the JSON array at ``path`` within ``source``.

    A field that an old journal does not have yet reads as the default it was declared with.
    """
    return {
        field.name: _with_default(f"({source} ->> '{path}[{position}]')", field.default)
        for position, field in enumerate(msgspec.structs.fields(entry))
    }


def _with_default(expression: str, default: object) -> str:
    if default is None or default is msgspec.NODEFAULT:
        return expression
    literal = f"'{default}'" if isinstance(default, str) else str(int(default))  # type: ignore[call-overload]
    return f"ifnull({expression}, {literal})"


def array(elements: list[bytes]) -> str:
    """The elements as one JSON array, ready to be bound."""
    return (b"[" + b",".join(elements) + b"]").decode()


def array_of_arrays(contents: list[bytes]) -> str:
    """As ``array``, of arrays that have these between their brackets."""
    return (b"[[" + b"],[".join(contents) + b"]]").decode()
