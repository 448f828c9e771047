"""From a request to its answer: found, let in, run. Whoever speaks HTTP gives heads and bodies, and is told answers."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple
from uuid import uuid4

from tidemill.api.operations.description import READ_DOCS, READ_DOCUMENT
from tidemill.server.auth.facts import facts_of
from tidemill.server.auth.key_book import NotAtHandError
from tidemill.server.auth.refusal import Refusal as NotAllowed
from tidemill.server.calls import Answer, Call, Headers
from tidemill.server.foreseeing import moved_run
from tidemill.server.handling import run_handler, run_once
from tidemill.server.messages import refused
from tidemill.server.prefix import api_prefix
from tidemill.server.refusals import Refusal, refusal_of
from tidemill.server.routing import values_of
from tidemill.server.serving import every_path
from tidemill.server.versions import refuse_too_old

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tidemill.domain.permissions import Actor
    from tidemill.server.auth.facts import Facts
    from tidemill.server.auth.guard import Guard
    from tidemill.server.calls import Keeping
    from tidemill.server.groups import Unit
    from tidemill.server.routing import Route
    from tidemill.server.work import Work
    from tidemill.settings import Settings
    from tidemill.store.store import Store
    from tidemill.system.clock import Clock

logger = logging.getLogger("tidemill.server")

#: What is found without the API's prefix, too. Who opens the server in a browser is shown what it can do.
_BESIDE: Final = {READ_DOCS.path: READ_DOCS.path, READ_DOCUMENT.path: READ_DOCUMENT.path, "/": READ_DOCS.path}
#: Bodies of these say nothing.
_BODILESS: Final = frozenset({"GET", "HEAD", "DELETE"})


class Head(NamedTuple):
    """What comes before a request's body. ``path`` is as it came, percent-encoded; header names are in lower case."""

    method: str
    path: str
    query: bytes
    headers: Sequence[tuple[bytes, bytes]]
    peer: str | None


class Admitted(NamedTuple):
    """A request that was found and let in, and waits for its body."""

    head: Head
    route: Route
    given: dict[str, str]
    actor: Actor
    now: int

    @property
    def most_bytes(self) -> int:
        """How large its body may be."""
        return self.route.operation.most_bytes

    @property
    def announced_bytes(self) -> int:
        """How large it says that its body is; 0 where it does not."""
        said = [value for name, value in self.head.headers if name == b"content-length"]
        return int(said[0]) if said and said[0].isdigit() else 0

    @property
    def expects_body(self) -> bool:
        """Whether what is sent behind the head is read."""
        return self.head.method not in _BODILESS

    def too_large(self) -> Answer:
        """What whoever sends more is told."""
        most = self.most_bytes >> 20
        return refused(Refusal(413, f"The body is larger than {most} MiB, which is the most that is taken"))


class Front:
    """Stands between HTTP and the handlers. Its methods are for the loop's thread; none raises."""

    def __init__(self, store: Store, clock: Clock, settings: Settings, keeping: Keeping) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._keeping = keeping
        self._guard = keeping.guarded.guard
        self._guard_at_hand = self._guard.at_hand()
        self._cors = keeping.guarded.protection.cors
        self.prefix = api_prefix(settings)
        self._router = every_path()

    def admit(self, head: Head, work: Work, tell: Callable[[Admitted | Answer], None]) -> Admitted | Answer | None:
        """Whether a request may go on, by its head. None: that is looked up; ``tell`` gets it later, on the loop."""
        try:
            return self._admitted(head, self._guard_at_hand)
        except NotAtHandError:
            work.ask_promptly(partial(self._admitted, head, self._guard), partial(self._looked_up, head, tell))
            return None
        except Exception as error:  # noqa: BLE001 - whatever it is, the client is answered
            return self._failed(head, error)

    def run(self, admitted: Admitted, raw: bytes, work: Work, tell: Callable[[Answer], None]) -> None:
        """Have it done; ``tell`` gets the answer, later and on the loop."""
        head, route, given, actor, now = admitted
        operation = route.operation
        if not admitted.expects_body:
            raw = b""
        call = Call(
            operation, self._store, now, self._settings, self.prefix, Headers(head.headers), actor, self._keeping, raw
        )
        try:
            if operation.prompt:
                work.ask_promptly(
                    partial(run_handler, route, call, given, raw, head.query), partial(self._done, head, tell)
                )
            elif operation.writes:
                unit = partial(run_once, route, call, given, raw, head.query)
                self._write(unit, partial(self._done, head, tell), work, moved_run(operation, given))
            else:
                unit = partial(run_handler, route, call, given, raw, head.query)
                work.ask_to_read(unit, partial(self._done, head, tell))
        except Exception as error:  # noqa: BLE001 - whatever it is, the client is answered
            tell(self._failed(head, error))

    def beside(self, head: Head) -> list[tuple[bytes, bytes]]:
        """Headers that any answer to this request has, for pages of other origins."""
        if not self._cors.origins:
            return []
        origins = [value for name, value in head.headers if name == b"origin"]
        return self._cors.answer_headers(origins[0] if len(origins) == 1 else None)

    def _write(self, unit: Callable[[], Answer], done: Callable[[Unit], None], work: Work, moves: str | None) -> None:
        """Do it, part by part where it is so; who came meanwhile has their turn before the next."""

        def done_in_part(made: Unit) -> None:
            if made.error is None and made.value.unfinished:
                work.ask_to_write(unit, done_in_part, moves)
            else:
                done(made)

        work.ask_to_write(unit, done_in_part, moves)

    def _looked_up(self, head: Head, tell: Callable[[Admitted | Answer], None], unit: Unit) -> None:
        tell(unit.value if unit.error is None else self._failed(head, unit.error))

    def _done(self, head: Head, tell: Callable[[Answer], None], unit: Unit) -> None:
        if unit.error is None:
            tell(unit.value)
        else:
            tell(self._failed(head, unit.error))

    def _failed(self, head: Head, error: BaseException) -> Answer:
        refusal = refusal_of(error) if isinstance(error, Exception) else None
        return refused(refusal or _our_fault(head, error))

    def _preflight(self, facts: Facts) -> Answer:
        headers = self._guard.preflight(facts)
        if isinstance(headers, NotAllowed):
            raise _not_allowed(headers)
        return Answer(status=204, headers={name.decode(): value.decode() for name, value in headers})

    def _admitted(self, head: Head, guard: Guard) -> Admitted | Answer:
        facts = facts_of(head.method, head.headers, head.peer)
        if facts.is_preflight:
            return self._preflight(facts)
        route, said = self._router.find(facts.method, self._within(head.path))
        now = self._clock.now_us()
        actor = guard.decide(route.operation.permission, facts, now, route.operation.name)
        if isinstance(actor, NotAllowed):
            raise _not_allowed(actor)
        refuse_too_old(Headers(head.headers))
        return Admitted(head, route, values_of(route, said), actor, now)

    def _within(self, path: str) -> str:
        """The path below the API's prefix; what describes the API is found without it, too."""
        if path.startswith(self.prefix) and path.startswith("/", len(self.prefix)):
            return path[len(self.prefix) :]
        if path in _BESIDE:
            return _BESIDE[path]
        raise Refusal(404, f"There is nothing at {path}. The API is at {self.prefix}/, its description at /docs")


def _not_allowed(said: NotAllowed) -> Refusal:
    headers = {name.decode(): value.decode() for name, value in said.headers}
    return Refusal(said.status, said.message, headers=headers)


def _our_fault(head: Head, error: BaseException) -> Refusal:
    incident = uuid4().hex[:12]
    logger.error("Incident %s at %s %s", incident, head.method, head.path, exc_info=error)
    return Refusal(500, f"Something went wrong in the server. Its log says what, under incident {incident}")
