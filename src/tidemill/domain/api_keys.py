"""API keys as they are kept: everything but the secret, of which a digest stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from tidemill.domain.permissions import DEFAULT_WORKSPACE, Actor, UnknownScopeError, permissions_of

if TYPE_CHECKING:
    from tidemill.domain.permissions import Permission

#: How exactly it is known when a key was last used; finer would be a write for each request.
LAST_USED_WITHIN_US: Final = 60_000_000


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key. ``digest`` is the SHA-256 of its secret, in hex. Times are microseconds since 1970."""

    id: str
    name: str
    digest: str
    scopes: tuple[str, ...]
    created_us: int
    workspace_id: int = DEFAULT_WORKSPACE
    expires_us: int | None = None
    revoked_us: int | None = None
    last_used_us: int | None = None

    def __repr__(self) -> str:
        return f"<API key {self.id} {self.name!r}>"

    def holds_at(self, now: int) -> bool:
        """Whether it lets its bearer in: neither revoked nor past its time."""
        return self.revoked_us is None and (self.expires_us is None or now < self.expires_us)

    def status_at(self, now: int) -> str:
        """In a word."""
        if self.revoked_us is not None:
            return "revoked"
        return "active" if self.holds_at(now) else "expired"

    def actor(self) -> Actor:
        """Who asks with it. A scope that this tidemill does not know gives nothing."""
        granted: frozenset[Permission] = frozenset().union(*map(_granted, self.scopes))
        return Actor(kind="key", id=self.id, name=self.name, workspace_id=self.workspace_id, permissions=granted)


def _granted(scope: str) -> frozenset[Permission]:
    try:
        return permissions_of([scope])
    except UnknownScopeError:
        return frozenset()
