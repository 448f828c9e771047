"""Pages of other origins: none, unless the settings name them.

No answer ever allows credentials of the browser's own (there are no cookies here): a page of another origin gets in
with a key that it was given, or not at all.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

_METHODS: Final = (b"DELETE", b"GET", b"HEAD", b"PATCH", b"POST", b"PUT")
_TOKENS: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:[ \t]*,[ \t]*[!#$%&'*+.^_`|~0-9A-Za-z-]+)*")
#: A page that was allowed once asks again after ten minutes.
_REMEMBERED_SECONDS: Final = b"600"
_SHOWN: Final = b"Content-Disposition, Retry-After"
_LONGEST: Final = 4096

Header = tuple[bytes, bytes]


class CorsRules(msgspec.Struct, frozen=True):
    """Which origins may call, with which methods and headers. ``*`` is any; no origin at all is the default."""

    origins: frozenset[bytes] = frozenset()
    methods: frozenset[bytes] = frozenset({b"*"})
    headers: frozenset[bytes] = frozenset({b"*"})

    @property
    def any_origin(self) -> bool:
        """Whether pages of any origin may call; they need a credential then, whatever else holds."""
        return b"*" in self.origins

    def names(self, origin: bytes) -> bool:
        """Whether this origin is among those named. ``null``, which any page can be, never is."""
        return origin.lower() in self.origins and origin.lower() not in {b"null", b"*"}

    def answer_headers(self, origin: bytes | None) -> list[Header]:
        """What every answer carries, whether it grants or refuses."""
        if not self.origins:
            return []
        allowed = self._allowed(origin)
        if allowed is None:
            return [(b"vary", b"Origin")]
        return [
            (b"vary", b"Origin"),
            (b"access-control-allow-origin", allowed),
            (b"access-control-expose-headers", _SHOWN),
        ]

    def preflight_headers(self, origin: bytes, method: bytes, asked: bytes | None) -> list[Header] | None:
        """What a browser is told that asks if it may ask; None where it may not."""
        allowed = self._allowed(origin)
        if allowed is None or not self._takes(method) or not self._takes_headers(asked):
            return None
        told = [
            (b"vary", b"Origin, Access-Control-Request-Method, Access-Control-Request-Headers"),
            (b"access-control-allow-origin", allowed),
            (b"access-control-allow-methods", method),
            (b"access-control-max-age", _REMEMBERED_SECONDS),
        ]
        # by name: a browser does not take * for Authorization
        return [*told, (b"access-control-allow-headers", asked)] if asked else told

    def _allowed(self, origin: bytes | None) -> bytes | None:
        if origin is None:
            return None
        return origin if self.names(origin) else b"*" if self.any_origin else None

    def _takes(self, method: bytes) -> bool:
        return method in self.methods or (b"*" in self.methods and method in _METHODS)

    def _takes_headers(self, asked: bytes | None) -> bool:
        if not asked:
            return True
        if len(asked) > _LONGEST or _TOKENS.fullmatch(asked) is None:
            return False
        names = {name.strip().lower() for name in asked.split(b",")}
        return b"*" in self.headers or names <= self.headers


def cors_rules(origins: str, methods: str = "*", headers: str = "*") -> CorsRules:
    """The rules that settings say, each a list separated by commas; empty is none."""
    return CorsRules(
        frozenset(each.lower().removesuffix(b"/") for each in _listed(origins)),
        frozenset(each.upper() for each in _listed(methods)),
        frozenset(each.lower() for each in _listed(headers)),
    )


def _listed(text: str) -> list[bytes]:
    return [each.strip().encode() for each in text.split(",") if each.strip()]
