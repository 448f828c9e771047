"""What a tidemill answered as rows, and what was not there as something to tell."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from tidemill.api.client.refused import NotThereError
from tidemill.cli.errors import NotFound
from tidemill.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


def row_of(thing: msgspec.Struct) -> dict[str, Any]:
    """A struct as a row: its fields, in order; structs within as JSON has them."""
    return {name: _plain(getattr(thing, name)) for name in thing.__struct_fields__}


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(value) if isinstance(value, msgspec.Struct | list | dict) else value


@contextmanager
def named(noun: str, name: str, names: Callable[[], Iterable[str]] | None = None, *, hint: str) -> Iterator[None]:
    """Turn "not there" into a sentence about ``name``, with the one of ``names`` that was probably meant."""
    try:
        yield
    except NotThereError as error:
        likely = did_you_mean(name, list(names())) if names is not None else ""
        raise NotFound(f"{noun} {name!r} not found{likely}", hint=hint) from error
