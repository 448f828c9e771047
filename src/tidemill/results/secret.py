"""The key of a home: what tells our own records from anybody else's before they are unpickled."""

from __future__ import annotations

import os
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from tidemill.exceptions import ConfigurationError
from tidemill.system.private_files import make_private_file

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
        make_private_file(path, os.urandom(KEY_BYTES))
        key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise ConfigurationError(
            f"{path} holds {len(key)} bytes, not a key of {KEY_BYTES}. Restore it from a backup, or remove it: a"
            " new one is made, and results kept under the old one are then refused."
        )
    return key


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
