"""Who may open a socket. HTTP, streams and sockets ask for the same permissions; here the sockets ask."""

from __future__ import annotations

from hashlib import sha256
from hmac import compare_digest
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from tidemill.settings.secret import Secret


class Gate(Protocol):
    """Decides."""

    def refusal(self, needed: str, scope: MutableMapping[str, Any], token: object) -> str | None:
        """Why whoever connects may not have a permission; None if they may. ``token``: of its first message, if any."""
        ...


class AuthStringGate:
    """Lets in who knows the server's auth string; everybody where there is none."""

    def __init__(self, auth_string: Secret | None) -> None:
        self._digest = None if auth_string is None else _digest(auth_string.get_secret_value())

    def refusal(self, needed: str, scope: MutableMapping[str, Any], token: object) -> str | None:
        """The same for all permissions."""
        del needed, scope
        if self._digest is None:
            return None
        if not isinstance(token, str):
            return "Auth required but no token provided"
        return None if compare_digest(_digest(token), self._digest) else "Invalid token"


def _digest(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogatepass")).digest()
