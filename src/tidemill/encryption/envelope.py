"""One secret as it is kept: ``tm1.<key id>.<its own key, wrapped>.<the secret, encrypted>``."""

from __future__ import annotations

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from typing import Final, NamedTuple

from tidemill.encryption.errors import SealBrokenError

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_FORM: Final = "tm1"
_WRAPPED: Final = b"tidemill wrapped key\0"
_SECRET: Final = b"tidemill secret\0"


class Place(NamedTuple):
    """Where a secret stands. ``version`` counts the block's changes, so that an older value cannot be put back."""

    workspace_id: int
    block: str
    field: str
    version: int

    def encoded(self) -> bytes:
        """The same bytes for the same place, others for every other."""
        parts = [str(part).encode("utf-8", "surrogatepass") for part in self]
        return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


class Envelope(NamedTuple):
    """A sealed text, taken apart."""

    key_id: str
    wrapped: bytes
    secret: bytes

    def text(self) -> str:
        """As it is kept."""
        return ".".join((_FORM, self.key_id, _written(self.wrapped), _written(self.secret)))


def opened(text: str) -> Envelope:
    """The parts of a sealed text. Raises SealBrokenError for what is not one."""
    parts = text.split(".")
    if len(parts) != 4 or parts[0] != _FORM:  # noqa: PLR2004 - as the form says
        raise SealBrokenError("this is not a sealed secret: it was stored by other means, or cut")
    return Envelope(parts[1], _read(parts[2]), _read(parts[3]))


def key_id_of(text: str) -> str:
    """Which key a text was sealed under; nothing is decrypted. Raises SealBrokenError."""
    return opened(text).key_id


def sealed_with(key: bytes, key_id: str, plain: bytes, place: Place) -> Envelope:
    """Seal with a fresh key, which is wrapped with ``key``."""
    own = os.urandom(KEY_BYTES)
    where = place.encoded()
    return Envelope(key_id, _encrypted(key, own, _WRAPPED + where), _encrypted(own, plain, _SECRET + where))


def unsealed_with(key: bytes, envelope: Envelope, place: Place) -> bytes:
    """What was sealed for this place. Raises SealBrokenError."""
    where = place.encoded()
    return _decrypted(_decrypted(key, envelope.wrapped, _WRAPPED + where), envelope.secret, _SECRET + where)


def rewrapped_with(old: bytes, new: bytes, new_id: str, envelope: Envelope, place: Place) -> Envelope:
    """The same secret under another key; it is looked at only to know that it is whole. Raises SealBrokenError."""
    unsealed_with(old, envelope, place)
    about = _WRAPPED + place.encoded()
    return Envelope(new_id, _encrypted(new, _decrypted(old, envelope.wrapped, about), about), envelope.secret)


def _encrypted(key: bytes, plain: bytes, about: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - heavy; only servers seal

    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, about)


def _decrypted(key: bytes, sealed: bytes, about: bytes) -> bytes:
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - as above

    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], about)
    except (InvalidTag, ValueError) as error:  # ValueError: too short to have a nonce
        raise SealBrokenError(
            "a sealed secret is damaged, or was sealed for another place. Set its value again, or restore the database"
            " from a backup"
        ) from error


def _written(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _read(text: str) -> bytes:
    try:
        raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (Base64Error, UnicodeEncodeError):
        raw = b""
    if not raw or _written(raw) != text:  # base64 has several spellings for one thing; ours is one
        raise SealBrokenError("this is not a sealed secret: it was changed, or cut")
    return raw
