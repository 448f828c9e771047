"""Which addresses and names are this machine itself."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final, NamedTuple

_LONGEST_NAME: Final = 253
_LONGEST: Final = _LONGEST_NAME + len(".:65535") + 2
_NAME_CHARACTERS: Final = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789-._")


class Authority(NamedTuple):
    """A host and a port, as in a URL. The host is in lower case, an IPv6 address without brackets."""

    host: str
    port: int | None

    @property
    def is_address(self) -> bool:
        """Whether the host is an IP address and no name."""
        return address_of(self.host) is not None


@lru_cache(1024)
def address_of(text: str) -> IPv4Address | IPv6Address | None:
    """The IP address that a text is; one of IPv4 within IPv6 is given as the former."""
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (isinstance(found, IPv6Address) and found.ipv4_mapped) or found


@lru_cache(1024)
def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server there, or be the peer there. Of names only ``localhost`` counts."""
    found = address_of(host)
    if found is not None:
        return found.is_loopback
    name = host.lower().removesuffix(".")
    return name == "localhost" or name.endswith(".localhost")


def authority_of(text: bytes) -> Authority | None:
    """The host and port of a Host header; None for what is not one."""
    return _authority(text) if len(text) <= _LONGEST else None  # what is remembered is short


@lru_cache(1024)
def _authority(text: bytes) -> Authority | None:
    text = text.strip(b" \t").lower()
    if text.startswith(b"["):
        host, bracket, port = text[1:].partition(b"]")
        if not bracket or (port and not port.startswith(b":")) or b":" not in host:
            return None
        if address_of(host.decode("ascii", "replace")) is None:
            return None
        port = port[1:]
    else:
        host, _, port = text.partition(b":")
        host = host.removesuffix(b".")
        if not 0 < len(host) <= _LONGEST_NAME or not _NAME_CHARACTERS.issuperset(host):
            return None
    if port and not (port.isdigit() and len(port) <= 5 and int(port) < 65536):  # noqa: PLR2004 - what a port may be
        return None
    return Authority(host.decode("ascii"), int(port) if port else None)
