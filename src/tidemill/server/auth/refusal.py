"""No, in words, and with the status that HTTP has for it."""

from __future__ import annotations

from typing import Literal

import msgspec

Ground = Literal["host", "origin", "credential", "permission", "csrf"]


class Refusal(msgspec.Struct, frozen=True):
    """Why a request goes no further. The message says nothing of what exists, and never repeats a secret."""

    status: int
    ground: Ground
    message: str

    @property
    def body(self) -> dict[str, str]:
        """The answer's JSON; existing clients read these names."""
        return {"exception_message" if self.ground == "credential" else "detail": self.message}

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """What the answer carries. ``Bearer`` makes no browser ask for a password."""
        return [(b"www-authenticate", b'Bearer realm="tidemill"')] if self.status == 401 else []  # noqa: PLR2004 - HTTP
