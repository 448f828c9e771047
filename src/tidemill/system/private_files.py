"""Files that hold a secret of this user's: made once, by whichever process comes first, and readable by nobody else."""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING

from tidemill.exceptions import ConfigurationError
from tidemill.system.failpoints import failpoint
from tidemill.system.files import PRIVATE_FILE, make_private_folder, open_private, sync_data, sync_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def made_once(path: Path, make: Callable[[], bytes]) -> bytes:
    """What the file holds; where there is none, it is made with what ``make`` gives.

    Of many processes that come first at once, one makes it and all read the same. Raises ConfigurationError where
    others than this user may read or write it.
    """
    try:
        return read_private(path)
    except FileNotFoundError:
        make_private_file(path, make())
        return read_private(path)


def read_private(path: Path) -> bytes:
    """What the file holds. Raises FileNotFoundError, and ConfigurationError where others may read or write it."""
    with path.open("rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        if sys.platform != "win32" and stat.S_IMODE(mode) & 0o077:
            raise ConfigurationError(f"{path} can be read or changed by others. Put that right with: chmod 600 {path}")
        return file.read()


def make_private_file(path: Path, content: bytes) -> None:
    """Make the file with this content, whole and on the disk, unless there is one already."""
    make_private_folder(path.parent)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        with os.fdopen(open_private(draft, exclusive=True), "wb") as file:
            file.write(content)
            file.flush()
            sync_data(file.fileno())
        failpoint("secret.before_link")
        _publish(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _publish(draft: Path, path: Path) -> None:
    """Give the draft its name, unless another process was first."""
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    except OSError:  # a file system without hard links: a reader may meet an empty file for a moment, and refuses it
        try:
            descriptor = open_private(path, exclusive=True)
        except FileExistsError:
            return
        with os.fdopen(descriptor, "wb") as file:
            path.chmod(PRIVATE_FILE)
            file.write(draft.read_bytes())
    sync_folder(path.parent)
