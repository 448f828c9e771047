"""Putting the file of profiles on the disk: private, whole, and with everything else in it as it was."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tidemill.settings.errors import UnreadableFile
from tidemill.settings.profile_edit import edited
from tidemill.settings.sources import read_if_there
from tidemill.system.files import PRIVATE_FOLDER, make_private_folder, sync_folder

if TYPE_CHECKING:
    from collections.abc import Mapping


def ensure_home(home: Path) -> Path:
    """The home, made for this user alone (0700) when it is not there yet; one that exists is left as it is."""
    make_private_folder(home)
    return home


def write_profile_file(path: Path, active: str | None, profiles: Mapping[str, Mapping[str, Any]]) -> None:
    """Save the profiles; comments and other tables in the file stay. It may hold keys: readable by this user alone."""
    target = Path(os.path.realpath(path))  # a link stays a link
    data = read_if_there(target) or b""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFile(path, f"not UTF-8: {error}") from error
    target.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    content = edited(text.replace("\r\n", "\n"), active, profiles).encode()
    try:
        _replace(target, content)
    except OSError as error:
        error.filename, error.filename2 = str(target), None  # the file that is meant, not the draft beside it
        raise


def _replace(target: Path, data: bytes) -> None:
    fd, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)  # 0600
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    sync_folder(target.parent)
