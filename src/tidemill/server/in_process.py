"""A server's operations without a server: asked in this process, over a store that is open here."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final

from tidemill.api.client.transport import Reply
from tidemill.domain.permissions import LOCAL_ADMIN
from tidemill.server.calls import Call
from tidemill.server.handling import run_handler, run_once
from tidemill.server.messages import refused
from tidemill.server.refusals import refusal_of
from tidemill.server.routing import Router, values_of
from tidemill.server.serving import every_route

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidemill.server.calls import Answer, Keeping
    from tidemill.settings import Settings
    from tidemill.store.store import Store
    from tidemill.system.clock import Clock

#: What is sealed at rest: the keys are needed.
_WITH_SECRETS: Final = "Block"


class InProcess:
    """Answers requests as a server over this store would. Whoever has the store may do everything with it."""

    def __init__(self, store: Store, clock: Clock, settings: Settings) -> None:
        self.where = store.where
        self._store = store
        self._clock = clock
        self._settings = settings
        self._router = Router(every_route())

    def send(self, method: str, target: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Answer it. Only what nobody foresaw raises."""
        try:
            answer = self._answer(method, target, body, headers)
        except Exception as error:
            refusal = refusal_of(error)
            if refusal is None:
                raise
            answer = refused(refusal)
        said = {"content-type": answer.content_type, **{name.lower(): value for name, value in answer.headers.items()}}
        return Reply(answer.status or 200, said, answer.raw or b"")

    def _answer(self, method: str, target: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        path, _, query = target.partition("?")
        route, values = self._router.find(method, path)
        operation, given = route.operation, values_of(route, values)
        said = {name.lower(): value for name, value in headers.items()}
        keeping = self._keeping if operation.tag.startswith(_WITH_SECRETS) else None
        now = self._clock.now_us()
        call = Call(operation, self._store, now, self._settings, headers=said, actor=LOCAL_ADMIN, keeping=keeping)
        unit: Any = partial(run_once if operation.writes else run_handler, route, call, given, body, query.encode())
        if not operation.writes:
            answer: Answer = unit()
            return answer
        with self._store.together():
            written: Answer = unit()
            return written

    @cached_property
    def _keeping(self) -> Keeping:
        from tidemill.server.running import keeping_of  # noqa: PLC0415 - ciphers, which few operations need

        return keeping_of(self._settings, self._store, host="127.0.0.1")

    def close(self) -> None:
        """The store is closed by whoever opened it."""
