"""A server's operations without a server: asked in this process, over a store that is open here."""

from __future__ import annotations

from contextlib import closing
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from tidemill.api.client.refused import refusal_from
from tidemill.api.client.transport import Reply
from tidemill.domain.permissions import LOCAL_ADMIN
from tidemill.server.calls import Call, Headers
from tidemill.server.handling import run_handler, run_once
from tidemill.server.messages import refused
from tidemill.server.refusals import Refusal, refusal_of
from tidemill.server.routing import values_of
from tidemill.server.serving import every_path

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from tidemill.encryption import KeyRing
    from tidemill.server.calls import Answer
    from tidemill.settings import Settings
    from tidemill.store.store import Store
    from tidemill.system.clock import Clock


class _OwnCall(Call, frozen=True):
    """A call whose keys are looked for when a handler needs them: most need none, and no ciphers installed."""

    open_keys: Callable[[], KeyRing] | None = None

    @property
    def ring(self) -> KeyRing:
        """What secrets are sealed under."""
        assert self.open_keys is not None
        return self.open_keys()


class InProcess:
    """Answers requests as a server over this store would. Whoever has the store may do everything with it."""

    def __init__(self, store: Store, clock: Clock, settings: Settings) -> None:
        self.where = store.where
        self._store = store
        self._clock = clock
        self._settings = settings
        self._router = every_path()

    def send(self, method: str, target: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Answer it. Only what nobody foresaw raises."""
        try:
            answer = self._answer(method, target, body, headers)
        except Exception as error:
            refusal = refusal_of(error)
            if refusal is None:
                raise
            answer = refused(refusal)
        if answer.stream is not None:
            answer = refused(Refusal(501, "What goes on without an end comes from a server: tidemill server start"))
        return _reply(answer)

    def stream(self, target: str, headers: Mapping[str, str]) -> Generator[bytes, None, None]:
        """What happens, as it happens. Raises RefusedError by kind."""
        try:
            answer = self._answer("GET", target, b"", headers)
        except Refusal as error:
            raise refusal_from(_reply(refused(error)), self.where) from None
        if answer.stream is None:
            yield answer.raw or b""
            return
        from tidemill.server.in_process_stream import streamed  # noqa: PLC0415 - brings asyncio

        with closing(streamed(self._store, self._clock, answer.stream)) as parts:
            yield from parts

    def _answer(self, method: str, target: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        path, _, query = target.partition("?")
        route, values = self._router.find(method, path)
        operation, given = route.operation, values_of(route, values)
        said = Headers([(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in headers.items()])
        now = self._clock.now_us()
        call = _OwnCall(
            operation,
            self._store,
            now,
            self._settings,
            headers=said,
            actor=LOCAL_ADMIN,
            raw=body,
            open_keys=lambda: self._ring,
        )
        unit: Any = partial(run_once if operation.writes else run_handler, route, call, given, body, query.encode())
        if not operation.writes:
            answer: Answer = unit()
            return answer
        while True:
            with self._store.together():
                written: Answer = unit()
            if not written.unfinished:
                return written

    @cached_property
    def _ring(self) -> KeyRing:
        from tidemill.encryption import open_key_ring  # noqa: PLC0415 - ciphers, which few operations need

        given = self._settings.server.encryption_key
        return open_key_ring(self._settings.home, given, sealed=self._store.sealing_keys())

    def close(self) -> None:
        """The store is closed by whoever opened it."""


def _reply(answer: Answer) -> Reply:
    said = {"content-type": answer.content_type, **{name.lower(): value for name, value in answer.headers.items()}}
    return Reply(answer.status or 200, said, answer.raw or b"")
