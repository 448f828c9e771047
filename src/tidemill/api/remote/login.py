"""How a client says who it is, and whom it trusts."""

from __future__ import annotations

import ssl
from base64 import b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tidemill.settings import Settings


@dataclass(frozen=True)
class Login:
    """The headers that say who asks, how long an answer may take, and whose certificates count."""

    headers: dict[str, str] = field(default_factory=dict, repr=False)
    timeout_seconds: float = 60.0
    certificates: str | None = None
    trust_anybody: bool = False

    def verify(self) -> ssl.SSLContext | bool:
        """Whose certificates count, as HTTP libraries want it."""
        if self.trust_anybody:
            return False
        return True if self.certificates is None else ssl.create_default_context(cafile=self.certificates)


def login_of(settings: Settings) -> Login:
    """As the settings have it."""
    api, headers = settings.api, {}
    if api.key is not None:
        headers["Authorization"] = bearer(api.key.get_secret_value())
    elif api.auth_string is not None:
        headers["Authorization"] = basic(api.auth_string.get_secret_value())
    return Login(headers, api.request_timeout, api.ssl_cert_file, api.tls_insecure_skip_verify)


def bearer(key: str) -> str:
    """The header that carries an API key."""
    return f"Bearer {key}"


def basic(auth_string: str) -> str:
    """The header that carries ``user:password``."""
    return f"Basic {b64encode(auth_string.encode()).decode()}"
