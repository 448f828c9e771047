"""What all that crosses HTTP is made of."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

#: The largest whole number that every database of ours holds.
MOST: Final = 2**63 - 1
Int = Annotated[int, Meta(ge=-MOST - 1, le=MOST)]
#: How many to answer at most; the server has a limit of its own, and that many is the default.
Limit = Annotated[int, Meta(ge=0, le=MOST)]
#: How many to pass over.
Offset = Annotated[int, Meta(ge=0, le=MOST)]
#: An id as we hand it out. Ids that come in are UUIDs, so that each has one spelling afterwards.
Id = Annotated[str, Meta(extra_json_schema={"format": "uuid"})]  #: Where something is to be had.
Uri = Annotated[str, Meta(extra_json_schema={"format": "uri"})]
#: A length of time. It is sent as seconds or as ISO 8601 has it ("PT1H"), and answered as seconds.
Span = Annotated[float | str, Meta(extra_json_schema={"format": "duration"})]


class Wire(Struct):
    """Something that crosses HTTP. What it does not know, it passes over."""


class Body(Wire, forbid_unknown_fields=True):
    """Something that is sent to us. Unknown fields are refused: they are misspelt, or meant for a later version."""


class OneOf:
    """Says of a field that holds JSON objects which structs they may be; the first that fits is meant.

    For structs that no field tells apart. A body checks such fields in its ``__post_init__`` by ``fitting``.
    """

    def __init__(self, *types: type[Wire]) -> None:
        self.types = types

    def fitting(self, value: object) -> Wire:
        """The value as the first of the structs that it is. Raises ValueError, naming all it could have been."""
        complaints = []
        for type_ in self.types:
            try:
                return msgspec.convert(value, type_, strict=False)
            except msgspec.ValidationError as error:
                complaints.append(f"{type_.__name__}: {error}")
        raise ValueError("; ".join(complaints))


def seconds_of(span: float | str) -> float:
    """A Span as seconds. Raises ValueError for a text that is no duration."""
    if isinstance(span, str):
        return msgspec.convert(span, timedelta).total_seconds()
    return span


def plain(value: Any) -> Any:
    """A struct as dicts, lists and what JSON has."""
    return msgspec.to_builtins(value)


def changes_of(update: Wire) -> dict[str, Any]:
    """The fields of an update that were sent; those that were not stay as they are."""
    given = ((name, getattr(update, name)) for name in update.__struct_fields__)
    return {name: value for name, value in given if value is not msgspec.UNSET}
