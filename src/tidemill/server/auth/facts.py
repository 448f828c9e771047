"""What a request says of itself that a decision may need, read from its headers once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from tidemill.server.auth.addresses import is_loopback

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Written by proxies: whoever connects is then not who asks.
_BY_PROXIES: Final = frozenset(
    {
        b"cf-connecting-ip",
        b"forwarded",
        b"true-client-ip",
        b"via",
        b"x-client-ip",
        b"x-forwarded",
        b"x-forwarded-for",
        b"x-forwarded-host",
        b"x-forwarded-port",
        b"x-forwarded-proto",
        b"x-forwarded-server",
        b"x-original-forwarded-for",
        b"x-real-ip",
    }
)
_READ: Final = frozenset(
    {
        b"access-control-request-headers",
        b"access-control-request-method",
        b"authorization",
        b"host",
        b"origin",
        b"prefect-csrf-client",
        b"prefect-csrf-token",
        b"sec-fetch-dest",
        b"sec-fetch-mode",
        b"sec-fetch-site",
        b"tidemill-csrf-client",
        b"tidemill-csrf-token",
    }
)


class Facts(NamedTuple):
    """A request as the guard sees it. ``peer`` is the other end's address, None for a socket in the file system."""

    method: str
    headers: dict[bytes, list[bytes]]
    peer: str | None
    through_proxy: bool
    websocket: bool

    def all(self, name: bytes) -> list[bytes]:
        """Every value of a header, by its lower-case name."""
        return self.headers.get(name, [])

    def one(self, *names: bytes) -> bytes | None:
        """The only value of the first of these headers that is there; None where there is none, or more than one."""
        for name in names:
            values = self.headers.get(name)
            if values:
                return values[0] if len(values) == 1 else None
        return None

    @property
    def from_here(self) -> bool:
        """Whether it comes from this machine itself, and nobody passed it on."""
        return not self.through_proxy and (self.peer is None or is_loopback(self.peer))

    @property
    def is_preflight(self) -> bool:
        """Whether a browser asks if it may ask."""
        return (
            self.method == "OPTIONS" and bool(self.all(b"access-control-request-method")) and bool(self.all(b"origin"))
        )


def facts_of(
    method: str, headers: Iterable[tuple[bytes, bytes]], peer: str | None, *, websocket: bool = False
) -> Facts:
    """The facts of a request. Header names may be in any case; a socket's method is ``GET``."""
    read: dict[bytes, list[bytes]] = {}
    through_proxy = False
    for name, value in headers:
        lower = name.lower()
        if lower in _READ:
            read.setdefault(lower, []).append(value)
        elif lower in _BY_PROXIES:
            through_proxy = True
    return Facts(method.upper(), read, peer, through_proxy, websocket)
