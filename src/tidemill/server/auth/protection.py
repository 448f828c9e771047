"""How a server is protected: what its settings and its start come to, ready for the guard."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from tidemill.server.auth.cors import CorsRules, cors_rules
from tidemill.server.auth.csrf import CsrfTokens
from tidemill.server.auth.hosts import HostRules
from tidemill.server.auth.local_token import digest_of

if TYPE_CHECKING:
    from tidemill.server.auth.first_start import Start
    from tidemill.server.auth.guard import Entry
    from tidemill.settings.definitions.server_api import ServerAPISettings


class Protection(NamedTuple):
    """What the guard goes by. Of secrets it has digests."""

    entry: Entry
    hosts: HostRules
    cors: CorsRules = CorsRules()
    auth_digest: bytes | None = None
    local_digest: bytes | None = None
    csrf: CsrfTokens | None = None


def protection_of(
    settings: ServerAPISettings, start: Start, *, host: str, local_token: str | None, csrf_key: bytes
) -> Protection:
    """The protection of a server that listens on ``host``. ``csrf_key`` is the same for all replicas."""
    auth = settings.auth_string
    csrf_us = settings.csrf_token_expiration // timedelta(microseconds=1)
    return Protection(
        entry=start.entry,
        hosts=HostRules(host, settings.allowed_hosts, start.entry == "required"),
        cors=cors_rules(settings.cors_allowed_origins, settings.cors_allowed_methods, settings.cors_allowed_headers),
        auth_digest=sha256(auth.get_secret_value().encode()).digest() if auth else None,
        local_digest=digest_of(local_token) if local_token is not None else None,
        csrf=CsrfTokens(csrf_key, csrf_us) if settings.csrf_protection_enabled else None,
    )
