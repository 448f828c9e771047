"""API keys as they are shown, once, and presented: ``tmk_<id>_<secret>_<check>``.

The id (8 bytes) finds the row, the secret (32 bytes) proves that the bearer was given the key, and the check (CRC-32 of
what stands before it) tells a mistyped or cut key before the store is asked. All in lower-case hex.
"""

from __future__ import annotations

import re
from hashlib import sha256
from hmac import compare_digest
from typing import Final
from zlib import crc32

PREFIX: Final = "tmk_"
#: How many random bytes a key is made of.
ENTROPY_BYTES: Final = 40
_ID_BYTES: Final = 8
_FORM: Final = re.compile(r"tmk_([0-9a-f]{16})_([0-9a-f]{64})_([0-9a-f]{8})")


class PresentedKey:
    """A key that somebody has. Only ``text()`` shows the secret."""

    __slots__ = ("_secret", "id")

    def __init__(self, key_id: str, secret: bytes) -> None:
        self.id = key_id
        self._secret = secret

    def text(self) -> str:
        """The key as its bearer writes it. Show it once, keep it nowhere."""
        body = f"{PREFIX}{self.id}_{self._secret.hex()}"
        return f"{body}_{_check(body)}"

    def digest(self) -> str:
        """What is kept of the secret: its SHA-256, in hex. The secret is random, so it needs no slow hash."""
        return sha256(self._secret).hexdigest()

    def matches(self, digest: str) -> bool:
        """Whether a kept digest is of this secret; takes as long for a near miss as for any other."""
        return compare_digest(self.digest().encode(), digest.encode())

    def __repr__(self) -> str:
        return f"<API key {self.id}>"


def make_key(entropy: bytes) -> PresentedKey:
    """A new key from 40 random bytes."""
    if len(entropy) != ENTROPY_BYTES:
        raise ValueError(f"expected {ENTROPY_BYTES} random bytes, got {len(entropy)}")
    return PresentedKey(entropy[:_ID_BYTES].hex(), entropy[_ID_BYTES:])


def parse_key(text: str) -> PresentedKey | None:
    """The key that a text is; None where it has another form or its check says that a character is wrong."""
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    body, _, check = text.rpartition("_")
    if not compare_digest(_check(body).encode(), check.encode()):
        return None
    return PresentedKey(found[1], bytes.fromhex(found[2]))


def _check(body: str) -> str:
    return f"{crc32(body.encode()):08x}"
