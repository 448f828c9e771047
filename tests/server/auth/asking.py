"""Requests and servers for these tests, with what a test does not say filled in."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from tidemill.domain.api_keys import ApiKey
from tidemill.server.auth.cors import cors_rules
from tidemill.server.auth.facts import Facts, facts_of
from tidemill.server.auth.guard import Guard
from tidemill.server.auth.hosts import HostRules
from tidemill.server.auth.key_book import KeyBook
from tidemill.server.auth.keys import make_key
from tidemill.server.auth.local_token import digest_of
from tidemill.server.auth.protection import Protection
from tidemill.store.sqlite.store import SqliteStore

NOW = 1_700_000_000_000_000
DAY = 86_400_000_000
KEY = make_key(bytes(range(40)))
OTHER_KEY = make_key(bytes(range(1, 41)))
AUTH_STRING = "admin:pä55:word"
LOCAL_TOKEN = "tml_" + "ab" * 32
HERE = "127.0.0.1:4200"


def asked(
    method: str = "GET",
    host: str | None = HERE,
    peer: str | None = "127.0.0.1",
    *,
    websocket: bool = False,
    **headers: Any,
) -> Facts:
    """A request; ``authorization="Bearer x"`` and the like are headers, underscores stand for dashes."""
    sent = [] if host is None else [(b"Host", host.encode("latin-1"))]
    for name, value in headers.items():
        for each in value if isinstance(value, list) else [value]:
            sent.append((name.replace("_", "-").encode(), each if isinstance(each, bytes) else each.encode("latin-1")))
    return facts_of(method, sent, peer, websocket=websocket)


def store_with(*keys: ApiKey) -> SqliteStore:
    """A store that keeps these keys."""
    store = SqliteStore.in_memory()
    for key in keys:
        store.put_api_key(key)
    return store


def key_row(presented=KEY, **changes: Any) -> ApiKey:
    """What is kept of a key that may do everything."""
    given = {"id": presented.id, "name": "ci", "digest": presented.digest(), "scopes": ("admin",), "created_us": NOW}
    return ApiKey(**(given | changes))


def guard(
    *keys: ApiKey,
    entry="local",
    bound="127.0.0.1",
    hosts=(),
    origins="",
    auth_string: str | None = None,
    local_token: str | None = LOCAL_TOKEN,
    csrf=None,
) -> Guard:
    """A guard of a server with these keys."""
    protection = Protection(
        entry=entry,
        hosts=HostRules(bound, tuple(hosts), entry == "required"),
        cors=cors_rules(origins),
        auth_digest=None if auth_string is None else sha256(auth_string.encode()).digest(),
        local_digest=None if local_token is None else digest_of(local_token),
        csrf=csrf,
    )
    return Guard(protection, KeyBook(store_with(*keys)))
