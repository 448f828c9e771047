"""How a client says who it is, and whom it trusts."""

from __future__ import annotations

import ssl
from base64 import b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tidemill.domain.run_tokens import bound_of
from tidemill.exceptions import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

    from tidemill.domain.run_tokens import RunBound
    from tidemill.settings import Settings

#: The file in the home of a server that has the token.
LOCAL_TOKEN: Final = "local.token"  # noqa: S105 - a name


@dataclass(frozen=True)
class Login:
    """How a client presents itself: who asks, how long an answer may take, whose certificates count."""

    headers: dict[str, str] = field(default_factory=dict, repr=False)
    timeout_seconds: float = 60.0
    certificates: str | None = None
    trust_anybody: bool = False
    #: Whether the server's version is looked at before the first report.
    checks_version: bool = False
    #: What it speaks for, where it is a run token.
    run_bound: RunBound | None = None

    def verify(self) -> ssl.SSLContext | bool:
        """Whose certificates count, as HTTP libraries want it. Raises ConfigurationError for a file of none."""
        if self.trust_anybody:
            return False
        try:
            return True if self.certificates is None else ssl.create_default_context(cafile=self.certificates)
        except OSError as error:
            raise ConfigurationError(
                f"TIDEMILL_API_SSL_CERT_FILE is {self.certificates}, from which no certificates can be read: {error}"
            ) from error


def login_of(settings: Settings, url: str | None = None) -> Login:
    """As the settings have it; unsaid, the server of this home lets its own user in by the home's local token.

    ``url`` is whom a program asks in place of the server that the settings name; what is for that one it does not get.
    Raises ConfigurationError for a key that no header can carry.
    """
    api, headers = settings.api, {}
    said = _said(settings) if url is None or api.url is None or is_same(url, api.url) else None
    if said is not None:
        headers["Authorization"] = said
    checks = settings.client.server_version_check_enabled
    bound = None if said is None else bound_of(said.partition(" ")[2])
    return Login(headers, api.request_timeout, api.ssl_cert_file, api.tls_insecure_skip_verify, checks, bound)


def is_same(one: str, other: str) -> bool:
    """Whether two addresses are the same server's."""
    return one.rstrip("/") == other.rstrip("/")


def _said(settings: Settings) -> str | None:
    """Who asks, as the header says it."""
    api = settings.api
    if api.key is not None:
        return f"Bearer {_sendable(api.key.get_secret_value())}"
    if api.auth_string is not None:
        return f"Basic {b64encode(api.auth_string.get_secret_value().encode()).decode()}"
    token = None if api.url is None else _local_token(settings.home, api.url)
    return None if token is None else f"Bearer {token}"


def _sendable(key: str) -> str:
    bare = key.strip()  # a file's last line end comes along easily
    if not bare.isascii() or not bare.isprintable():
        raise ConfigurationError(
            "TIDEMILL_API_KEY is no key: it has characters that cannot be sent. Make one with: tidemill auth key create"
        )
    return bare


def _local_token(home: Path, url: str) -> str | None:
    """The token, for the server that this home has now at that very address: nobody else who listens there gets it."""
    from tidemill.api.local_server import running_instance  # noqa: PLC0415 - most servers are on other machines
    from tidemill.system.clock import SystemClock  # noqa: PLC0415 - as above
    from tidemill.system.private_files import read_private  # noqa: PLC0415 - as above

    path = home / LOCAL_TOKEN
    if not path.exists():
        return None
    server = running_instance(home, SystemClock())
    if server is None or not is_same(server.url, url):
        return None
    return read_private(path).decode("ascii", "replace").strip()
