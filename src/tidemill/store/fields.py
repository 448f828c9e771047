"""The SQL that reads an entry's fields out of a batch, made from the declaration of the entry."""

from __future__ import annotations

import re
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Final, Union, get_args, get_origin

import msgspec

if TYPE_CHECKING:
    from tidemill.domain.entries import Entry

#: The escape of NUL, which databases do not keep; behind an odd number of backslashes it is a text about the escape.
_NUL: Final = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")


def columns(entry: type[Entry], path: str = "$", *, source: str = "step") -> dict[str, str]:
    """For each field, the expression that reads it from the JSON array at ``path`` of an element of ``@each``.

    A field that an old journal does not have yet reads as the default it was declared with.
    """
    return {
        field.name: _with_default(f"@field({source}, {path}[{position}], {kind_of(field.type)})", field.default)
        for position, field in enumerate(msgspec.structs.fields(entry))
    }


def kind_of(declared: Any) -> str:
    """The kind of ``@field`` for a type, which may be optional: text, int, real, flag; json for all others."""
    optional = get_origin(declared) in {Union, UnionType}
    types = [one for one in get_args(declared) if one is not NoneType] if optional else [declared]
    if len(types) != 1 or not isinstance(types[0], type):
        return "json"
    return next((kind for kind, known in _KINDS if issubclass(types[0], known)), "json")


_KINDS: Final = (("flag", bool), ("int", int), ("real", float), ("text", str))


def _with_default(expression: str, default: object) -> str:
    if default is None or default is msgspec.NODEFAULT:
        return expression
    literal = f"'{default}'" if isinstance(default, str) else str(int(default))  # type: ignore[call-overload]
    return f"coalesce({expression}, {literal})"


def array(elements: list[bytes]) -> str:
    """The elements as one JSON array, ready to be bound."""
    return storable(b"[" + b",".join(elements) + b"]")


def array_of_arrays(contents: list[bytes]) -> str:
    """As ``array``, of arrays that have these between their brackets."""
    return storable(b"[[" + b"],[".join(contents) + b"]]")


def storable(document: bytes) -> str:
    """JSON as any database takes it: NUL becomes its picture, as ``clean_text`` has it."""
    if b"\\u0000" in document:
        document = _NUL.sub(rb"\1\\u2400", document)
    return document.decode()


def bound(value: object) -> str:
    """Anything as JSON, ready to be bound."""
    return storable(msgspec.json.encode(value))
