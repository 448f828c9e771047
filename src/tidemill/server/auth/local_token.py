"""A token in the home, by which programs of the server's own user come in by themselves once others need a key."""

from __future__ import annotations

import os
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from tidemill.api.remote.login import LOCAL_TOKEN
from tidemill.exceptions import ConfigurationError
from tidemill.server.auth.credentials import LOCAL_PREFIX
from tidemill.system.private_files import made_once

if TYPE_CHECKING:
    from pathlib import Path

FILE: Final = LOCAL_TOKEN
_TOKEN_BYTES: Final = 32
_LENGTH: Final = len(LOCAL_PREFIX) + 2 * _TOKEN_BYTES


def local_token(home: Path) -> str:
    """The token in ``<home>/local.token``, made when there is none. A server asks for it when it starts.

    Raises ConfigurationError where the file holds something else, or others may read it.
    """
    path = home / FILE
    token = made_once(path, _fresh).decode("ascii", "replace").strip()
    if len(token) != _LENGTH or not token.startswith(LOCAL_PREFIX):
        raise ConfigurationError(f"{path} does not hold a local token. Remove it: a new one is made.")
    return token


def digest_of(token: str) -> bytes:
    """What the guard compares with."""
    return sha256(token.encode()).digest()


def _fresh() -> bytes:
    return f"{LOCAL_PREFIX}{os.urandom(_TOKEN_BYTES).hex()}\n".encode()
