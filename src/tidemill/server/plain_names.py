"""Names of lowercase letters, digits and dashes, as some things of this API have them."""

from __future__ import annotations

import re
from typing import Final

from tidemill.server.refusals import not_valid

_DASHES: Final = re.compile(r"[a-z0-9-]+")
_UNDERSCORES_TOO: Final = re.compile(r"[a-z0-9_-]+")


def refuse_unless_plain(name: str, field: str, *, underscores: bool = False) -> None:
    """Unless the name, which the body has in ``field``, is such a one."""
    if not (_UNDERSCORES_TOO if underscores else _DASHES).fullmatch(name):
        allowed = (
            "lowercase letters, digits, dashes and underscores"
            if underscores
            else ("lowercase letters, digits and dashes")
        )
        raise not_valid("body", f"expected {allowed}, got {name[:64]!r}", field)
