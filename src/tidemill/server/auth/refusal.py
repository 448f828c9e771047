"""No, in words, and with the status that HTTP has for it."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

Ground = Literal["host", "origin", "credential", "permission", "csrf"]
#: The header that says which of the store's errors it is.
_ERROR: Final = b"tidemill-error"


class Refusal(msgspec.Struct, frozen=True):
    """Why a request goes no further. The message says nothing of what exists, and never repeats a secret.

    ``error`` is the store's error that a process which reports is to take it for.
    """

    status: int
    ground: Ground
    message: str
    error: str = ""

    @property
    def body(self) -> dict[str, str]:
        """The answer's JSON; existing clients read these names."""
        return {"exception_message" if self.ground == "credential" else "detail": self.message}

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """What the answer carries. ``Bearer`` makes no browser ask for a password."""
        said = [(_ERROR, self.error.encode())] if self.error else []
        return [*said, (b"www-authenticate", b'Bearer realm="tidemill"')] if self.status == 401 else said  # noqa: PLR2004 - HTTP


def not_held() -> Refusal:
    """To the token of a run that is somebody else's, or nobody's: for good."""
    message = "this run token is not accepted any more: its run was taken over, given up or deleted since"
    return Refusal(401, "credential", message, "StaleEpochError")


def lapsed() -> Refusal:
    """To the token of a run whose lease ran out: until somebody renews it, or takes the run over."""
    message = "this run token is not accepted now: the lease of its run ran out. A beat of its process renews it"
    return Refusal(401, "credential", message, "StoreUnavailableError")
