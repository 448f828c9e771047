"""The keys that secrets are sealed under. The first seals; the others open what was sealed before them."""

from __future__ import annotations

from hashlib import sha256
from hmac import digest
from typing import TYPE_CHECKING

from tidemill.encryption.envelope import KEY_BYTES, opened, rewrapped_with, sealed_with, unsealed_with
from tidemill.encryption.errors import MissingKeyError, UnfitKeyError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tidemill.encryption.envelope import Place


class KeyRing:
    """Seals and opens secrets. Never shows its keys; their ids say nothing of them."""

    __slots__ = ("_keys", "current")

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise UnfitKeyError(f"a key ring takes keys of {KEY_BYTES} bytes, and at least one")
        self._keys = {_id_of(key): key for key in keys}
        #: The id of the key that seals.
        self.current = _id_of(keys[0])

    @property
    def key_ids(self) -> tuple[str, ...]:
        """The ids of all keys, the current one first."""
        return tuple(self._keys)

    def seal(self, plain: bytes, place: Place) -> str:
        """The secret as it may be stored, for this place alone."""
        return sealed_with(self._keys[self.current], self.current, plain, place).text()

    def unseal(self, text: str, place: Place) -> bytes:
        """The secret. Raises SealBrokenError where it was not sealed for this place, and MissingKeyError."""
        envelope = opened(text)
        return unsealed_with(self._key(envelope.key_id), envelope, place)

    def rewrap(self, text: str, place: Place) -> str:
        """The same secret under the current key. Raises as ``unseal`` does."""
        envelope = opened(text)
        old = self._key(envelope.key_id)
        return rewrapped_with(old, self._keys[self.current], self.current, envelope, place).text()

    def derived(self, purpose: str, key_id: str | None = None) -> bytes:
        """32 secret bytes for another purpose, the same wherever this ring is. They change with the current key.

        ``key_id``: as they are while that key is the current one. Raises MissingKeyError where it is not here.
        """
        key = self._key(self.current if key_id is None else key_id)
        return digest(key, b"tidemill derived\0" + purpose.encode(), sha256)

    def check_has(self, key_ids: Iterable[str]) -> None:
        """Raises MissingKeyError unless every one of these keys is here."""
        for key_id in key_ids:
            self._key(key_id)

    def _key(self, key_id: str) -> bytes:
        try:
            return self._keys[key_id]
        except KeyError:
            raise MissingKeyError(missing(key_id)) from None

    def __repr__(self) -> str:
        return f"<KeyRing {', '.join(self._keys)}>"


def missing(key_id: str) -> str:
    """What to say of a key that is not here."""
    return (
        f"secrets in the database were sealed with the key {key_id!r}, which is not here. Restore the file"
        " encryption.keys of the home from a backup, or add the key to TIDEMILL_SERVER_ENCRYPTION_KEY"
    )


def _id_of(key: bytes) -> str:
    return sha256(b"tidemill key id\0" + key).hexdigest()[:16]
