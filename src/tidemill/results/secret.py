"""The key of a home: what tells our own records from anybody else's before they are unpickled."""

from __future__ import annotations

import os
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from tidemill.exceptions import ConfigurationError
from tidemill.system.failpoints import failpoint
from tidemill.system.files import make_private_folder, open_private, sync_data, sync_folder

if TYPE_CHECKING:
    from pathlib import Path

KEY_BYTES: Final = 32
MAC_BYTES: Final = 16
_FILE: Final = "secret.key"


def home_key(home: Path) -> bytes:
    """The 32 random bytes in ``<home>/secret.key``; made, readable by its owner only, when there are none yet.

    Of many processes that come first at once, one makes the key and all use it. Raises ConfigurationError when the
    file holds something else.
    """
    path = home / _FILE
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        _make(path)
        key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise ConfigurationError(
            f"{path} holds {len(key)} bytes, not a key of {KEY_BYTES}. Restore it from a backup, or remove it: a"
            " new one is made, and results kept under the old one are then refused."
        )
    return key


def _make(path: Path) -> None:
    make_private_folder(path.parent)
    draft = path.with_name(f".{_FILE}.{os.getpid()}.{os.urandom(4).hex()}")
    descriptor = open_private(draft, exclusive=True)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(os.urandom(KEY_BYTES))
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
            with path.open("xb") as file:
                path.chmod(0o600)
                file.write(draft.read_bytes())
        except FileExistsError:
            return
    sync_folder(path.parent)


class Seal:
    """Marks bytes as this home's; ``purpose`` keeps a mark made for one thing from being used for another."""

    def __init__(self, key: bytes, purpose: bytes) -> None:
        self._keyed = blake2b(key=key, digest_size=MAC_BYTES, person=purpose)

    def mac(self, *parts: bytes) -> bytes:
        """Sixteen bytes that only a holder of the key can make."""
        keyed = self._keyed.copy()
        for part in parts:
            keyed.update(part)
        return keyed.digest()
