"""Run tokens: made for a run that is held, and judged by its lease each time they come back.

Nothing is kept of a token. Its id says which run and epoch it is for, who had it made, and which key of the server's
ring its secret follows from; so a forged one is refused before the store is asked, all replicas know all tokens, and a
copy of the database gives none away. What it is worth is looked up in the row of the lease: a run that was claimed
anew, a lease that ran out or was given up, an issuer whose key was revoked leave it worth nothing.
"""

from __future__ import annotations

from hashlib import sha256
from hmac import digest
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol
from uuid import UUID

from tidemill.domain.permissions import ANYONE, BASIC, LOCAL_ADMIN, Actor
from tidemill.domain.run_tokens import RUN_PERMISSIONS, RunBound
from tidemill.encryption.errors import MissingKeyError
from tidemill.server.auth.key_book import NotAtHandError
from tidemill.server.auth.keys import RUN_PREFIX, PresentedKey
from tidemill.server.auth.refusal import Refusal, not_held

if TYPE_CHECKING:
    from tidemill.domain.run_tokens import RunLease
    from tidemill.encryption import KeyRing
    from tidemill.server.auth.key_book import Keys
    from tidemill.server.auth.protection import Protection

#: A lease that somebody else took lets a token read for a second at most; what writes looks again, as it writes.
BELIEVED_US: Final = 1_000_000
_MOST: Final = 4096
_PURPOSE: Final = "run tokens"
_WITHOUT_KEY: Final = {"local_admin": "local", "basic": "basic", "anyone": "anyone"}


_ISSUER_GONE: Final = (
    "this run token is not accepted: the key that it was made with was revoked, has expired, or is not in use any more"
)


class LeaseSource(Protocol):
    """Where leases are kept: a store."""

    def run_lease(self, flow_run_id: str) -> RunLease | None:
        """Who holds a flow run."""
        ...


class _Said(NamedTuple):
    """What the id of a token says."""

    flow_run_id: str
    epoch: int
    issuer: str
    ring_key: str

    @classmethod
    def of(cls, token_id: str) -> _Said:
        run, epoch, issuer, ring_key = token_id.split("_")
        return cls(str(UUID(run)), int(epoch, 16), issuer, ring_key)

    def text(self) -> str:
        return f"{UUID(self.flow_run_id).hex}_{self.epoch:x}_{self.issuer}_{self.ring_key}"


class RunTokens:
    """Makes tokens, and knows what each is worth. Any thread may ask it, though it may have to ask the store."""

    def __init__(
        self,
        ring: KeyRing,
        leases: LeaseSource,
        keys: Keys,
        protection: Protection,
        known: dict[str, tuple[RunLease, int]] | None = None,
    ) -> None:
        self._ring = ring
        self._leases = leases
        self._keys = keys
        self._protection = protection
        #: What the store said of leases, and when.
        self._known = {} if known is None else known

    def issue(self, flow_run_id: str, epoch: int, issuer: Actor) -> PresentedKey:
        """A token for a run, that may at most what its issuer may. Look first whether the run is held."""
        said = _Said(flow_run_id, epoch, _WITHOUT_KEY.get(issuer.kind) or issuer.id, self._ring.current)
        return PresentedKey(said.text(), self._secret(said), RUN_PREFIX)

    def digest_of(self, token_id: str) -> str | None:
        """The digest of the secret that a token of this id was given; None where none was given out here."""
        try:
            return sha256(self._secret(_Said.of(token_id))).hexdigest()
        except MissingKeyError:
            return None

    def bearer(self, token_id: str, now: int) -> Actor | Refusal:
        """Who asks with the token of this id, or why it is worth nothing now."""
        said = _Said.of(token_id)
        issuer = self._issuer(said, now)
        if issuer is None:
            return Refusal(401, "credential", _ISSUER_GONE)
        lease = self._lease(said.flow_run_id, now)
        standing = "dead" if lease is None else lease.standing(said.epoch, now)
        if standing == "dead":
            return not_held()
        return Actor(
            kind="run",
            id=token_id,
            name=said.flow_run_id,
            workspace_id=issuer.workspace_id,
            permissions=RUN_PERMISSIONS & issuer.permissions,
            run=RunBound(said.flow_run_id, said.epoch, standing),
        )

    def at_hand(self) -> RunTokens:
        """The same for a thread that must not wait: NotAtHandError is raised where the store has to be asked."""
        return _AtHand(self._ring, self._leases, self._keys.at_hand(), self._protection, self._known)

    def _lease(self, flow_run_id: str, now: int) -> RunLease | None:
        """Believed for a second, and no longer than it says that it runs."""
        known = self._known.get(flow_run_id)
        if known is not None:
            lease, read_us = known
            if abs(now - read_us) < BELIEVED_US and lease.until_us is not None and now < lease.until_us:
                return lease
        return self._looked_up(flow_run_id, now)

    def _looked_up(self, flow_run_id: str, now: int) -> RunLease | None:
        found = self._leases.run_lease(flow_run_id)
        if found is None:
            self._known.pop(flow_run_id, None)
            return None
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[flow_run_id] = (found, now)
        return found

    def _issuer(self, said: _Said, now: int) -> Actor | None:
        """Who had the token made, as far as they may still come in."""
        match said.issuer:
            case "local":
                return LOCAL_ADMIN
            case "basic":
                return BASIC if self._protection.auth_digest is not None else None
            case "anyone":
                return ANYONE if self._protection.entry == "everybody" else None
            case key_id:
                known = self._keys.find(key_id, now)
                return known.actor if known is not None and known.key.holds_at(now) else None

    def _secret(self, said: _Said) -> bytes:
        """What nobody can make who does not have the ring. One that the auth string stands behind changes with it."""
        behind = self._protection.auth_digest or b"" if said.issuer == "basic" else b""
        key = self._ring.derived(_PURPOSE, said.ring_key)
        return digest(key, said.text().encode() + b"\0" + behind, sha256)


class _AtHand(RunTokens):
    """Knows what was looked up before."""

    def _looked_up(self, flow_run_id: str, now: int) -> RunLease | None:  # noqa: ARG002 - as the other's
        raise NotAtHandError
