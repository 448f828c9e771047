"""Files that are whole or absent, and stay: after a crash, a kill, a power cut."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, Final

from tidemill.system.clock import Clock, SystemClock
from tidemill.system.failpoints import failpoint
from tidemill.system.files import make_private_folder, open_private, sync_data, sync_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_READERS_SECONDS: Final = 1.0
_AGAIN_SECONDS: Final = 0.005


def replace_file(target: Path, parts: Iterable[Any], *, point: str) -> None:
    """Write a file in place of what was there: temp file, fsync, rename, fsync of the directory.

    Readers see the old file or the new one. ``parts`` are buffers; they are not joined. ``point`` names the fail points
    ``<point>.before_rename`` and ``<point>.after_rename``.
    """
    missing = list(_missing_directories(target.parent))
    make_private_folder(target.parent)
    draft = target.with_name(f".{os.getpid()}.{os.urandom(8).hex()}.tmp")
    try:
        with os.fdopen(open_private(draft, exclusive=True), "wb", buffering=0) as file:
            for part in parts:
                _write_all(file, part)
            sync_data(file.fileno())
        failpoint(f"{point}.before_rename")
        move_over(draft, target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    failpoint(f"{point}.after_rename")
    for directory in (target.parent, *missing):
        sync_folder(directory)


def move_over(draft: Path, target: Path, clock: Clock | None = None) -> None:
    """Give a file the name of another, which is gone then.

    Windows refuses while somebody reads the other; that is over in a moment, so it is tried for a second there.
    """
    clock = clock or SystemClock()
    patience = clock.monotonic() + _READERS_SECONDS
    while True:
        try:
            draft.replace(target)
        except PermissionError:
            if sys.platform != "win32" or clock.monotonic() >= patience:
                raise
            clock.sleep(_AGAIN_SECONDS)
        else:
            return


def _write_all(file: Any, part: Any) -> None:
    view = memoryview(part).cast("B")
    while view:
        view = view[file.write(view) :]


def _missing_directories(directory: Path) -> Iterator[Path]:
    """The directories whose lists of names change when this one is made."""
    while not directory.exists():
        directory = directory.parent
        yield directory
