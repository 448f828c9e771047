"""The store asked over HTTP by processes that run flows elsewhere: one operation for each of its methods."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from tidemill.api.operation import Operation, Tag
from tidemill.api.remote.methods import AWAITED, Method, methods
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


def _awaiting(method: Method) -> Operation:
    """A question of the store, answered when the answer is another than the one of tag ``known``, or after ``seconds``.

    Without ``known`` at once. The answer has its own tag.
    """
    title = method.arguments.__name__
    seconds = Annotated[float, msgspec.Meta(ge=0, le=60)]
    body = msgspec.defstruct(
        f"{title}Await",
        [("asked", method.arguments), ("known", str | None, None), ("seconds", seconds, 30.0)],
        module=__name__,
        forbid_unknown_fields=True,
    )
    told = msgspec.defstruct(f"{title}Told", [("tag", str), ("answer", method.answer)], module=__name__)
    return _tagged.post(
        f"/tm/store/{method.name}/await",
        f"store_await_{method.name}",
        permission=method.permission,
        body=body,
        answer=told,
        writes=False,
        refuses=(404, 409),
        waits=True,
    )


#: By the method's name.
AWAIT: Final[dict[str, Operation]] = {name: _awaiting(methods()[name]) for name in AWAITED}


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
