"""The store asked over HTTP by processes that run flows elsewhere: one operation for each of its methods."""

from __future__ import annotations

from typing import Final

import msgspec

from tidemill.api.operation import Operation, Tag
from tidemill.api.remote.methods import methods
from tidemill.wire.base import Wire

_tagged: Final = Tag("Store")

#: By the method's name.
ASK: Final[dict[str, Operation]] = {
    name: _tagged.post(
        f"/tm/store/{name}",
        f"store_{name}",
        permission=method.permission,
        body=method.arguments,
        answer=method.answer,
        writes=method.writes,
        refuses=(404, 409),
    )
    for name, method in methods().items()
}


class JournalBatch(Wire):
    """Consecutive entries of one producer's journal. ``roots``: under which epoch it holds each."""

    producer: str
    first_seq: int
    last_seq: int
    roots: dict[str, int]
    entries: list[tuple[int, msgspec.Raw]]


class JournalTaken(Wire):
    """The number of the last entry that the store has now, safe on its disk."""

    applied_seq: int


APPLY: Final = _tagged.post(
    "/tm/journal",
    "apply_journal",
    permission="runs:write",
    body=JournalBatch,
    answer=JournalTaken,
    most_bytes=64 * 1024 * 1024,
    most_depth=0,
)
