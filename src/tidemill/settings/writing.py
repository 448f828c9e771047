"""Putting the file of profiles on the disk: private, whole, and with everything else in it as it was."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tidemill.exceptions import ConfigurationError
from tidemill.settings.errors import UnreadableFile
from tidemill.settings.profile_edit import edited
from tidemill.settings.sources import read_if_there
from tidemill.system.durable import replace_file
from tidemill.system.files import make_private_folder, open_private
from tidemill.system.locks import file_lock

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PATIENCE_SECONDS: Final = 10.0


def write_profile_file(path: Path, active: str | None, profiles: Mapping[str, Mapping[str, Any]]) -> None:
    """Save the profiles; comments and other tables in the file stay. It may hold keys: readable by this user alone."""
    target = _meant(path)
    data = read_if_there(target) or b""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFile(path, f"not UTF-8: {error}") from error
    changed = edited(text.replace("\r\n", "\n"), active, profiles)
    try:
        content = changed.encode()
    except UnicodeEncodeError as error:
        what = changed[error.start : error.end]
        raise ConfigurationError(f"{path} cannot hold {what!r}: it is UTF-8, which has no such character") from error
    with _naming(target):
        replace_file(target, [content], point="profiles")


@contextmanager
def my_turn(path: Path) -> Iterator[None]:
    """Meanwhile no other process changes the file in this way: what it saved since would be lost.

    Raises ConfigurationError where another one takes longer than 10 s.
    """
    target = _meant(path)
    lock = file_lock(target.with_name(f".{target.name}.lock"))
    with _naming(target):
        make_private_folder(target.parent)
        os.close(open_private(lock.path, create=True))  # says why where it cannot be
        free = lock.acquire(_PATIENCE_SECONDS)
    if not free:
        raise ConfigurationError(f"{path} is being changed by another process: try again when that has ended")
    try:
        yield
    finally:
        lock.retire(None)


def _meant(path: Path) -> Path:
    return Path(os.path.realpath(path))  # a link stays a link


@contextmanager
def _naming(target: Path) -> Iterator[None]:
    """An error names the file that is meant, not the draft or the lock beside it."""
    try:
        yield
    except OSError as error:
        error.filename, error.filename2 = str(target), None
        raise
