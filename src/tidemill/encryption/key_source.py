"""Where the keys come from: the setting, or else a file in the home, which is made with the first key."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

from tidemill.encryption.envelope import KEY_BYTES
from tidemill.encryption.errors import MissingKeyError, UnfitKeyError
from tidemill.encryption.key_ring import KeyRing, missing
from tidemill.system.durable import replace_file
from tidemill.system.private_files import made_once, read_private

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from tidemill.settings.secret import Secret

FILE: Final = "encryption.keys"
_SETTING: Final = "TIDEMILL_SERVER_ENCRYPTION_KEY"
_KEY: Final = re.compile(rf"[0-9a-fA-F]{{{2 * KEY_BYTES}}}")
_ABOVE: Final = """\
# What secrets in tidemill's database are sealed with. Without this file they cannot be read: keep a copy of it, and not
# beside the copies of the database. One key a line; the first seals, the others open what was sealed before.
"""


def open_key_ring(home: Path, given: Secret | None, sealed: Collection[str]) -> KeyRing:
    """The keys to use, from ``given`` (the setting) or else from the home's file.

    ``sealed`` are the ids of keys that something in the database is sealed with. The file is made where there is none
    and nothing is sealed. Raises MissingKeyError where one of those keys is not here: a server must not start then, or
    it would seal new secrets under a key that others do not know. Raises ConfigurationError where a key is none, or
    others may read the file.
    """
    ring = _ring(home, given, sealed)
    ring.check_has(sealed)
    return ring


def add_key(home: Path) -> KeyRing:
    """Put a fresh key before those in the home's file: the first step of a rotation."""
    made_once(home / FILE, _first)
    kept = read_private(home / FILE).decode("utf-8", "replace").removeprefix(_ABOVE)
    replace_file(home / FILE, [_ABOVE.encode(), _fresh(), kept.encode()], point="encryption_keys")
    return _from_file(home / FILE)


def _ring(home: Path, given: Secret | None, sealed: Collection[str]) -> KeyRing:
    if given:
        return KeyRing(_parsed(given.get_secret_value().split(","), _SETTING))
    path = home / FILE
    if sealed and not path.exists():
        raise MissingKeyError(missing(min(sealed)))
    made_once(path, _first)
    return _from_file(path)


def _from_file(path: Path) -> KeyRing:
    lines = read_private(path).decode("utf-8", "replace").splitlines()
    return KeyRing(_parsed([line for line in lines if not line.lstrip().startswith("#")], str(path)))


def _parsed(texts: list[str], where: str) -> list[bytes]:
    keys = [text.strip() for text in texts if text.strip()]
    for place, key in enumerate(keys, 1):
        if not _KEY.fullmatch(key):
            raise UnfitKeyError(
                f"key {place} in {where} is not {2 * KEY_BYTES} hexadecimal digits. Make one with: openssl rand -hex 32"
            )
    if not keys:
        raise UnfitKeyError(f"there is no key in {where}. Restore it from a backup, or make one: openssl rand -hex 32")
    return [bytes.fromhex(key) for key in keys]


def _first() -> bytes:
    return _ABOVE.encode() + _fresh()


def _fresh() -> bytes:
    return f"{os.urandom(KEY_BYTES).hex()}\n".encode()
