"""Under which names this server answers, and for pages of which origin.

A page of a stranger can have its own name lead to 127.0.0.1 (DNS rebinding); the browser then takes this server for the
page's own. But it still says the page's name in the Host header, so a server that answers to its own names alone is out
of reach. Where a request must bring a credential there is nothing to be had that way, and any name goes until somebody
says which.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Final

import msgspec

from tidemill.server.auth.addresses import Authority, authority_of, is_loopback

if TYPE_CHECKING:
    from tidemill.server.auth.cors import CorsRules
    from tidemill.server.auth.facts import Facts

_DEFAULT_PORTS: Final = {b"http": 80, b"https": 443, b"ws": 80, b"wss": 443}


class HostRules(msgspec.Struct, frozen=True):
    """Which Host headers are for this server.

    ``allowed`` are the configured ones (``*`` is any, ``*.example.com`` any below that); ``bound_to`` is the address it
    listens on; ``credential_needed`` says that nobody gets in without one.
    """

    bound_to: str
    allowed: tuple[str, ...] = ()
    credential_needed: bool = False

    def accept(self, said: Authority) -> bool:
        """Whether a request for this host is for us. Loopback names always are."""
        if is_loopback(said.host) or said.host == self.bound_to.lower() or self._names(said.host):
            return True
        if self.allowed or self.credential_needed:
            return not self.allowed
        # a page that has its own name lead here has a name, and one with a dot
        return not is_loopback(self.bound_to) and (said.is_address or "." not in said.host)

    def _names(self, host: str) -> bool:
        return any(_fits(host, pattern) for pattern in self.allowed)


class OriginVerdict(Enum):
    """Where a browser says that a request comes from."""

    #: No page, or one of this server's own.
    OWN = auto()
    #: A page whose origin the settings name.
    NAMED = auto()
    #: A page of any origin, since the settings say ``*``: it must bring a credential of its own.
    ANY = auto()
    STRANGE = auto()


def origin_verdict(facts: Facts, said: Authority, rules: CorsRules) -> OriginVerdict:
    """What to make of the page that sends a request for ``said``, if a page does."""
    origins = facts.all(b"origin")
    if not origins:
        return OriginVerdict.STRANGE if _embedded_elsewhere(facts) else OriginVerdict.OWN
    if len(origins) > 1:
        return OriginVerdict.STRANGE
    (origin,) = origins
    if _same(origin, said):
        return OriginVerdict.OWN
    if rules.names(origin):
        return OriginVerdict.NAMED
    return OriginVerdict.ANY if rules.any_origin else OriginVerdict.STRANGE


def _embedded_elsewhere(facts: Facts) -> bool:
    """Whether a page of another origin has the request made without saying so, as an image or a frame of its own.

    Following a link to us is fine.
    """
    if facts.one(b"sec-fetch-site") not in {b"cross-site", b"same-site"}:
        return False
    followed = facts.one(b"sec-fetch-mode") == b"navigate" and facts.one(b"sec-fetch-dest") in {None, b"document"}
    return facts.method not in {"GET", "HEAD"} or not followed


def _same(origin: bytes, said: Authority) -> bool:
    scheme, separator, rest = origin.lower().partition(b"://")
    there = authority_of(rest) if separator else None
    default = _DEFAULT_PORTS.get(scheme)
    if there is None or default is None:
        return False
    return there.host == said.host and (there.port or default) == (said.port or default)


def _fits(host: str, pattern: str) -> bool:
    if pattern == "*":
        return True
    if pattern.startswith("*."):
        return host.endswith(pattern[1:].lower())
    named = authority_of(pattern.encode())
    return named is not None and named.host == host
