"""Putting every secret under the current key, a row at a time.

Each row is changed in a transaction of its own, and only if it still holds what was read; what is under the current key
already is left alone. So a rotation may be cut off anywhere, and is resumed by starting it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from tidemill.encryption.envelope import Place, key_id_of
from tidemill.encryption.errors import MissingKeyError, SealBrokenError
from tidemill.system.failpoints import failpoint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidemill.encryption.key_ring import KeyRing

_AT_ONCE: Final = 100


class SealedRow(NamedTuple):
    """A sealed text in the database, and what it stands for."""

    id: str
    place: Place
    text: str


class SealedRows(Protocol):
    """Where sealed texts are kept: a store."""

    def sealed_rows(self, after: str, limit: int) -> Sequence[SealedRow]:
        """The next rows behind the id ``after`` (the empty text is before all), in the order of ids."""
        ...

    def reseal(self, row: SealedRow, text: str) -> bool:
        """Put ``text`` in place of ``row.text``. False, and nothing changed, where something else stands there."""
        ...


class Progress(NamedTuple):
    """How far a rotation has come.

    ``refused`` are rows that could not be opened. As long as there are any, and until a whole pass finds nothing to do,
    the older keys must stay.
    """

    after: str = ""
    resealed: int = 0
    overtaken: int = 0
    refused: tuple[str, ...] = ()
    done: bool = False


def rotate_some(rows: SealedRows, ring: KeyRing, so_far: Progress, limit: int = _AT_ONCE) -> Progress:
    """The next ``limit`` rows; ``done`` when there were none."""
    batch = rows.sealed_rows(so_far.after, limit)
    for row in batch:
        so_far = _rotated(rows, ring, so_far, row)
        failpoint("rotation.after_row")
    return so_far if batch else so_far._replace(done=True)


def rotate(rows: SealedRows, ring: KeyRing) -> Progress:
    """All rows. A row that changed between reading and writing is looked at again."""
    resealed = 0
    while True:
        progress = Progress()
        while not progress.done:
            progress = rotate_some(rows, ring, progress)
        resealed += progress.resealed
        if not progress.overtaken:
            return progress._replace(resealed=resealed)


def _rotated(rows: SealedRows, ring: KeyRing, so_far: Progress, row: SealedRow) -> Progress:
    so_far = so_far._replace(after=row.id)
    try:
        if key_id_of(row.text) == ring.current:
            return so_far
        fresh = ring.rewrap(row.text, row.place)
    except (SealBrokenError, MissingKeyError):  # told in the progress: the other rows can still be put right
        return so_far._replace(refused=(*so_far.refused, row.id))
    if rows.reseal(row, fresh):
        return so_far._replace(resealed=so_far.resealed + 1)
    return so_far._replace(overtaken=so_far.overtaken + 1)
