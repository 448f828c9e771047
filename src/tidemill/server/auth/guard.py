"""The one decision: may this request go on, and as whom?

Everything passes here: HTTP, sockets, streams. What is asked for was matched to an operation before, and its
declaration says what it needs; an operation that declares nothing known is refused. The steps, each of them a gate:

1. is it meant for this server (Host)? 2. does a page send it that may (Origin)? 3. who asks (credential)? 4. may they
(permission)? 5. where CSRF tokens are on and it may change something, is there one?

Only what is declared ``open`` passes by all five.
"""

from __future__ import annotations

from hashlib import sha256
from hmac import compare_digest
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from tidemill.domain.permissions import ANYONE, BASIC, LOCAL_ADMIN, NOBODY, Actor, Needed
from tidemill.server.auth.addresses import Authority, authority_of, is_loopback
from tidemill.server.auth.credentials import AuthString, LocalToken, Malformed, read_authorization, read_token
from tidemill.server.auth.hosts import OriginVerdict, origin_verdict
from tidemill.server.auth.keys import PresentedKey
from tidemill.server.auth.refusal import Refusal, lapsed
from tidemill.server.auth.run_reach import RENEWING, rules_of
from tidemill.store.errors import StoreUnavailableError

if TYPE_CHECKING:
    from tidemill.server.auth.cors import Header
    from tidemill.server.auth.credentials import Credential
    from tidemill.server.auth.facts import Facts
    from tidemill.server.auth.key_book import Keys
    from tidemill.server.auth.protection import Protection
    from tidemill.server.auth.run_tokens import RunTokens

#: Who gets in without a credential: local users until there is a key, nobody, everybody.
Entry: TypeAlias = Literal["local", "required", "everybody"]
#: Compared with where there is no such key, so that looking takes as long.
_NO_DIGEST: Final = "0" * 64
_NOT_ACCEPTED: Final = "this API key is not accepted: it is unknown here, or not written as it was given out"
_NEEDED: Final = (
    "authentication is needed: set TIDEMILL_API_KEY to a key from 'tidemill auth key create', or"
    " TIDEMILL_API_AUTH_STRING to the server's user:password"
)
_THROUGH_PROXY: Final = (
    "this request came through a proxy, from another machine or under another name than this machine's, and without"
    " authentication the server answers its own machine alone: make a key with 'tidemill auth key create', or set"
    " TIDEMILL_SERVER_API_AUTH_STRING"
)


class Guard:
    """Stands before every operation. Any thread may ask it, though it may have to ask the store for a key."""

    def __init__(self, protection: Protection, keys: Keys, runs: RunTokens | None = None) -> None:
        """``runs``: who knows run tokens; without it none is accepted."""
        self._protection = protection
        self._keys = keys
        self._runs = runs

    def at_hand(self) -> Guard:
        """The same guard for a thread that must not wait: NotAtHandError is raised where the store has to be asked."""
        return Guard(self._protection, self._keys.at_hand(), None if self._runs is None else self._runs.at_hand())

    def decide(self, needed: Needed, facts: Facts, now: int, operation: str = "") -> Actor | Refusal:
        """Who asks, or why not. ``needed`` is what the matched operation declares, ``operation`` its name."""
        if needed == "open":
            return NOBODY
        verdict = self.at_the_door(facts)
        if isinstance(verdict, Refusal):
            return verdict
        given = read_authorization(facts.all(b"authorization"))
        actor = self._decide(needed, facts, given, verdict, now)
        return actor if isinstance(actor, Refusal) else _within_reach(actor, operation)

    def decide_socket(self, needed: Needed, facts: Facts, token: object, now: int) -> Actor | Refusal:
        """As ``decide``, for a socket whose first message gave ``token``; its upgrade may have brought a header.

        No socket is for run tokens.
        """
        verdict = self.at_the_door(facts)
        if isinstance(verdict, Refusal):
            return verdict
        given = read_token(token)
        if given is None:
            given = read_authorization(facts.all(b"authorization"))
        actor = self._decide(needed, facts, given, verdict, now)
        return actor if isinstance(actor, Refusal) else _within_reach(actor, "")

    def holds(self, actor: Actor, now: int) -> bool:
        """Whether who was let in before, and has stayed, would be let in still: a key may be revoked, or run out."""
        if actor.kind not in ("key", "run"):
            return True
        try:
            if actor.kind == "run":
                bearer = self._bearer_of_run(actor.id, now)
                return isinstance(bearer, Actor) and bearer.run is not None and bearer.run.standing == "live"
            known = self._keys.find(actor.id, now)
        except StoreUnavailableError:  # it was in use when the store last answered
            return True
        return known is not None and known.key.holds_at(now)

    def at_the_door(self, facts: Facts) -> OriginVerdict | Refusal:
        """The first two steps, which a socket passes before it is accepted."""
        said = _authority(facts)
        if said is None:
            return Refusal(400, "host", "a request needs one Host header, of a name or an address")
        if not self._protection.hosts.accept(said):
            return Refusal(421, "host", _other_host(said))
        verdict = origin_verdict(facts, said, self._protection.cors)
        if verdict is OriginVerdict.STRANGE:
            return Refusal(403, "origin", _STRANGE_ORIGIN)
        return verdict

    def preflight(self, facts: Facts) -> list[Header] | Refusal:
        """The headers of an answer (204) to a browser that asks if it may ask."""
        verdict = self.at_the_door(facts)
        if isinstance(verdict, Refusal):
            return verdict
        if verdict is OriginVerdict.OWN:
            return []
        headers = self._protection.cors.preflight_headers(
            facts.all(b"origin")[0],
            facts.one(b"access-control-request-method") or b"",
            facts.one(b"access-control-request-headers"),
        )
        return headers if headers is not None else Refusal(403, "origin", _STRANGE_REQUEST)

    def _decide(
        self, needed: Needed, facts: Facts, given: Credential | Malformed | None, verdict: OriginVerdict, now: int
    ) -> Actor | Refusal:
        actor = self._who(facts, given, verdict, now)
        if isinstance(actor, Refusal):
            return actor
        if not actor.may(needed):
            return Refusal(
                403, "permission", f"this needs the permission '{needed}', which {_named(actor)} does not have"
            )
        csrf = self._protection.csrf
        complaint = csrf.complaint(facts, now) if csrf is not None and not facts.websocket else None
        return actor if complaint is None else Refusal(403, "csrf", complaint)

    def _who(
        self, facts: Facts, given: Credential | Malformed | None, verdict: OriginVerdict, now: int
    ) -> Actor | Refusal:
        if isinstance(given, Malformed):
            return Refusal(401, "credential", f"this credential is not accepted: {given.why}")
        if isinstance(given, PresentedKey):
            return self._bearer_of(given, now)
        if isinstance(given, AuthString) and _is(given.given, self._protection.auth_digest):
            return BASIC
        if isinstance(given, LocalToken) and facts.from_here and _is(given.given, self._protection.local_digest):
            return LOCAL_ADMIN
        return self._uncredentialed(facts, verdict, now, brought=given is not None)

    def _bearer_of_run(self, token_id: str, now: int) -> Actor | Refusal:
        return Refusal(401, "credential", _NOT_ACCEPTED) if self._runs is None else self._runs.bearer(token_id, now)

    def _bearer_of(self, presented: PresentedKey, now: int) -> Actor | Refusal:
        if presented.is_run_token:
            digest = None if self._runs is None else self._runs.digest_of(presented.id)
            if not presented.matches(digest or _NO_DIGEST) or digest is None:
                return Refusal(401, "credential", _NOT_ACCEPTED)
            return self._bearer_of_run(presented.id, now)
        known = self._keys.find(presented.id, now)
        if not presented.matches(known.key.digest if known is not None else _NO_DIGEST) or known is None:
            return Refusal(401, "credential", _NOT_ACCEPTED)
        key = known.key
        if not key.holds_at(now):
            return Refusal(401, "credential", f"this API key is {key.status_at(now)}: ask for another one")
        self._keys.note_use(key.id, now)
        return known.actor

    def _uncredentialed(self, facts: Facts, verdict: OriginVerdict, now: int, *, brought: bool) -> Actor | Refusal:
        """Who asks without a credential, or with one that nothing was configured to compare with."""
        entry = self._protection.entry
        if verdict is not OriginVerdict.ANY:
            if entry == "everybody":
                return ANYONE
            if entry == "local" and not self._keys.some(now):
                return LOCAL_ADMIN if _is_local(facts) else Refusal(401, "credential", _THROUGH_PROXY)
        return Refusal(401, "credential", "this credential is not accepted" if brought else _NEEDED)


_STRANGE_ORIGIN: Final = (
    "a page of another origin sent this, and that origin is not among TIDEMILL_SERVER_API_CORS_ALLOWED_ORIGINS"
)
_STRANGE_REQUEST: Final = (
    "pages of other origins may not use this method or these headers: see TIDEMILL_SERVER_API_CORS_ALLOWED_METHODS and"
    " TIDEMILL_SERVER_API_CORS_ALLOWED_HEADERS"
)


def _is(given: bytes, digest: bytes | None) -> bool:
    return digest is not None and compare_digest(sha256(given).digest(), digest)


def _authority(facts: Facts) -> Authority | None:
    host = facts.one(b"host")
    return None if host is None else authority_of(host)


def _is_local(facts: Facts) -> bool:
    """Whether it comes from this machine, and asks it by a name that only means itself.

    A proxy need not say that it is one; the name under which others reach it tells it all the same, if it is passed on.
    """
    said = _authority(facts)
    return facts.from_here and said is not None and is_loopback(said.host)


def _other_host(said: Authority) -> str:
    return (
        f"this server does not answer to the name {said.host!r}; if it should, add that name to"
        " TIDEMILL_SERVER_API_ALLOWED_HOSTS where the server is started"
    )


def _within_reach(actor: Actor, operation: str) -> Actor | Refusal:
    """A run token is for some operations; for fewer still while the lease of its run has run out."""
    if actor.run is None:
        return actor
    if rules_of(operation) is None:
        return Refusal(403, "permission", "a run token is not for this: it does what its own flow run needs, no more")
    if actor.run.standing == "lapsed" and operation not in RENEWING:
        return lapsed()
    return actor


def _named(actor: Actor) -> str:
    if actor.kind == "run":
        return "a run token, or the key that it was made with,"
    return f"the API key {actor.name!r}" if actor.kind == "key" else "this credential"
