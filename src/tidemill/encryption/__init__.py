"""Secrets at rest, so that a stolen database, backup or log of one tells nothing.

Each secret is encrypted (AES-256-GCM) with a key of its own, which is itself encrypted with a key that is not in the
database: in the home's ``encryption.keys``, or in ``TIDEMILL_SERVER_ENCRYPTION_KEY``. Both encryptions are bound to the
place the secret stands in, so that what was copied from another row, or from an older version of the same, is refused.

    ring = open_key_ring(home, settings.server.encryption_key, sealed={})
    text = ring.seal(b"hunter2", Place(1, "aws", "secret_key", 3))
    ring.unseal(text, Place(1, "aws", "secret_key", 3))
"""

from __future__ import annotations

from tidemill.encryption.envelope import Place, key_id_of
from tidemill.encryption.errors import MissingKeyError, SealBrokenError
from tidemill.encryption.key_ring import KeyRing
from tidemill.encryption.key_source import add_key, open_key_ring
from tidemill.encryption.rotation import Progress, SealedRow, SealedRows, rotate, rotate_some

__all__ = [
    "KeyRing",
    "MissingKeyError",
    "Place",
    "Progress",
    "SealBrokenError",
    "SealedRow",
    "SealedRows",
    "add_key",
    "key_id_of",
    "open_key_ring",
    "rotate",
    "rotate_some",
]
