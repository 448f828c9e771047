"""Putting the file of profiles on the disk: private, whole, and with everything else in it as it was."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tidemill.settings.errors import UnreadableFile
from tidemill.settings.profile_edit import edited
from tidemill.settings.sources import read_if_there
from tidemill.system.durable import replace_file

if TYPE_CHECKING:
    from collections.abc import Mapping


def write_profile_file(path: Path, active: str | None, profiles: Mapping[str, Mapping[str, Any]]) -> None:
    """Save the profiles; comments and other tables in the file stay. It may hold keys: readable by this user alone."""
    target = Path(os.path.realpath(path))  # a link stays a link
    data = read_if_there(target) or b""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFile(path, f"not UTF-8: {error}") from error
    try:
        replace_file(target, [edited(text.replace("\r\n", "\n"), active, profiles).encode()], point="profiles")
    except OSError as error:
        error.filename, error.filename2 = str(target), None  # the file that is meant, not the draft beside it
        raise
