"""Tokens that a page of another site cannot have, for those who switch them on.

A client names itself, is given a token for that name, and sends both with whatever may change something. Nothing is
kept: a token is its last moment and a mark over both that only holders of the key can make, so every replica knows it.
"""

from __future__ import annotations

from hashlib import sha256
from hmac import compare_digest, digest
from typing import TYPE_CHECKING, Final, NamedTuple

from tidemill.domain.identity import derived_uuid, uuid_text

if TYPE_CHECKING:
    from tidemill.server.auth.facts import Facts

CHANGING: Final = frozenset({"DELETE", "PATCH", "POST", "PUT"})
_PURPOSE: Final = b"tidemill csrf token\0"
_LONGEST_CLIENT: Final = 256
_LONGEST_TOKEN: Final = 128


class CsrfToken(NamedTuple):
    """A token as it is handed out; times in microseconds since 1970."""

    id: str
    client: str
    token: str
    created_us: int
    expiration_us: int


class CsrfTokens:
    """Makes tokens and knows them again. ``key`` is secret and the same for all replicas; they hold ``lifetime_us``."""

    __slots__ = ("_key", "_lifetime_us")

    def __init__(self, key: bytes, lifetime_us: int) -> None:
        self._key = digest(key, _PURPOSE, sha256)
        self._lifetime_us = lifetime_us

    def issue(self, client: str, now: int) -> CsrfToken:
        """A token for a client that names itself so."""
        until = now + self._lifetime_us
        token = self._token(client.encode("utf-8", "surrogatepass"), until)
        return CsrfToken(uuid_text(derived_uuid(token.encode())), client, token, now, until)

    def complaint(self, facts: Facts, now: int) -> str | None:
        """Why a request may not change anything; None where it may, or wants to change nothing."""
        if facts.method not in CHANGING:
            return None
        token = facts.one(b"prefect-csrf-token", b"tidemill-csrf-token")
        client = facts.one(b"prefect-csrf-client", b"tidemill-csrf-client")
        if token is None or client is None:
            return "a CSRF token and the client it was made for must come with this request: GET /csrf-token?client=ID"
        if not self._knows(token, client, now):
            return "the CSRF token has expired, or was not made for this client: GET /csrf-token?client=ID"
        return None

    def _knows(self, token: bytes, client: bytes, now: int) -> bool:
        if len(token) > _LONGEST_TOKEN or len(client) > _LONGEST_CLIENT:
            return False
        try:
            until = int(token.partition(b".")[0], 16)
        except ValueError:
            return False
        return compare_digest(self._token(client, until).encode(), token) and now < until

    def _token(self, client: bytes, until: int) -> str:
        mark = digest(self._key, b"%x\0%b" % (until, client), sha256)
        return f"{until:x}.{mark.hex()}"
