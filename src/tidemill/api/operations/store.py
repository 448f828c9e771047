"""The store asked over HTTP by processes that run flows elsewhere: one operation for each of its methods."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from tidemill.api.operation import Operation, Tag
from tidemill.api.remote.methods import methods
from tidemill.domain.runs import ProducerId
from tidemill.wire.base import MOST, Wire

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

    producer: ProducerId
    first_seq: Annotated[int, msgspec.Meta(ge=1, le=MOST)]
    last_seq: Annotated[int, msgspec.Meta(ge=0, le=MOST)]
    roots: dict[str, Annotated[int, msgspec.Meta(ge=0, le=MOST)]]
    entries: list[tuple[int, msgspec.Raw]]

    def __post_init__(self) -> None:
        if self.last_seq - self.first_seq + 1 != len(self.entries):
            raise ValueError(f"entries {self.first_seq} to {self.last_seq} are not {len(self.entries)} entries")


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
