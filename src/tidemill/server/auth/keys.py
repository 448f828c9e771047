"""API keys as they are shown, once, and presented: ``tmk_<id>_<secret>_<check>``; run tokens likewise, as ``tmr_…``.

The id (8 bytes) finds the row, the secret (32 bytes) proves that the bearer was given the key, and the check (CRC-32 of
what stands before it) tells a mistyped or cut key before the store is asked. All in lower-case hex. The id of a run
token is no row's: it says itself what the token is for (``run_tokens.py``).
"""

from __future__ import annotations

import re
from hashlib import sha256
from hmac import compare_digest
from typing import Final
from zlib import crc32

PREFIX: Final = "tmk_"
RUN_PREFIX: Final = "tmr_"
#: How many random bytes a key is made of.
ENTROPY_BYTES: Final = 40
_ID_BYTES: Final = 8
_RUN_ID: Final = r"[0-9a-f]{32}_(?:0|[1-9a-f][0-9a-f]{0,14})_(?:[0-9a-f]{16}|local|basic|anyone)_[0-9a-f]{16}"
_FORM: Final = re.compile(rf"(?:(tmk_)([0-9a-f]{{16}})|(tmr_)({_RUN_ID}))_([0-9a-f]{{64}})_([0-9a-f]{{8}})")


class PresentedKey:
    """A key, or a run token, that somebody has. Only ``text()`` shows the secret."""

    __slots__ = ("_secret", "id", "prefix")

    def __init__(self, key_id: str, secret: bytes, prefix: str = PREFIX) -> None:
        self.id = key_id
        self.prefix = prefix
        self._secret = secret

    @property
    def is_run_token(self) -> bool:
        """Whether it speaks for one run, not for somebody."""
        return self.prefix == RUN_PREFIX

    def text(self) -> str:
        """The key as its bearer writes it. Show it once, keep it nowhere."""
        body = f"{self.prefix}{self.id}_{self._secret.hex()}"
        return f"{body}_{_check(body)}"

    def digest(self) -> str:
        """What is kept of the secret: its SHA-256, in hex. The secret is random, so it needs no slow hash."""
        return sha256(self._secret).hexdigest()

    def matches(self, digest: str) -> bool:
        """Whether a kept digest is of this secret; takes as long for a near miss as for any other."""
        return compare_digest(self.digest().encode(), digest.encode())

    def __repr__(self) -> str:
        return f"<{'run token' if self.is_run_token else 'API key'} {self.id}>"


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
    return PresentedKey(found[2] or found[4], bytes.fromhex(found[5]), found[1] or found[3])


def _check(body: str) -> str:
    return f"{crc32(body.encode()):08x}"
