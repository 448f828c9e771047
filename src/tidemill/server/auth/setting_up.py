"""From settings and the words of whoever starts a server to the guard that stands before it.

What the application does with it, for each request, once it has matched an operation:

    facts = facts_of(scope["method"], scope["headers"], (scope.get("client") or (None,))[0])
    decision = guard.decide(operation.permission, facts, now)     # an Actor, or a Refusal: its status, body and headers

Whoever serves must leave ``client`` as the connection has it: a server that believes ``X-Forwarded-For`` would take the
world for this machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from tidemill.server.auth.first_start import Asked, Start, StartRefused, decide_start
from tidemill.server.auth.guard import Guard
from tidemill.server.auth.key_book import KeyBook, KeySource
from tidemill.server.auth.local_token import local_token
from tidemill.server.auth.protection import Protection, protection_of
from tidemill.server.auth.run_tokens import LeaseSource, RunTokens

if TYPE_CHECKING:
    from tidemill.encryption import KeyRing
    from tidemill.settings import Settings


class Source(KeySource, LeaseSource, Protocol):
    """What the guard asks: a store."""


class Guarded(NamedTuple):
    """A guard, and what it was made of. ``start`` has the sentences to tell, ``keys`` the uses to write down, ``runs``
    makes run tokens."""

    guard: Guard
    start: Start
    protection: Protection
    keys: KeyBook
    runs: RunTokens


def set_up_guard(
    settings: Settings,
    store: Source,
    ring: KeyRing,
    *,
    host: str,
    require_auth: bool = False,
    insecure_no_auth: bool = False,
    tls: bool = False,
) -> Guarded | StartRefused:
    """The guard of a server that listens on ``host``, or why it must not start like that.

    Makes the home's local token. Raises ConfigurationError where that file cannot be trusted.
    """
    asked = Asked(
        host=host,
        require_auth=require_auth,
        insecure_no_auth=insecure_no_auth,
        has_auth_string=bool(settings.server.api.auth_string),
        has_keys=store.any_api_key(),
        tls=tls,
    )
    start = decide_start(asked)
    if isinstance(start, StartRefused):
        return start
    token = local_token(settings.home)
    protection = protection_of(
        settings.server.api, start, host=host, local_token=token, csrf_key=ring.derived("csrf tokens")
    )
    keys = KeyBook(store)
    runs = RunTokens(ring, store, keys, protection)
    return Guarded(Guard(protection, keys, runs), start, protection, keys, runs)
