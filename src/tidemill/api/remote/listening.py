"""What a process waits for at a server: asked once, answered when it is another than it was."""

from __future__ import annotations

from concurrent.futures import Future
from contextvars import copy_context
from threading import Thread
from typing import TYPE_CHECKING, Any, Final

from tidemill.exceptions import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidemill.api.remote.store import RemoteStore

#: How long one question waits for its answer at most, in seconds; less than those who stand between have patience.
_SECONDS: Final = 25.0


class Listener:
    """One question to a server's store, for one who waits. Times among its arguments are as of each asking."""

    def __init__(self, store: RemoteStore, method: str, arguments: Callable[[], dict[str, Any]]) -> None:
        self._store = store
        self._method = method
        self._arguments = arguments
        self._known: str | None = None
        self.tells = True

    def ask(self) -> Any:
        """The answer as it is now. Raises as a store does."""
        if self.tells:
            try:
                return self._told(None, 0.0)
            except ConfigurationError:
                self.tells = False  # an older server, maybe, which answers the question itself
        return getattr(self._store, self._method)(**self._arguments())

    def begin(self) -> Future[Any]:
        """The answer when it is another than the last one, or after a while as it is then.

        It is awaited in a thread of its own, so that whoever waits may be interrupted, or go.
        """
        coming: Future[Any] = Future()

        def wait() -> None:
            try:
                answer = self._told(self._known, _SECONDS)
            except BaseException as error:  # noqa: BLE001 - whoever waits is told
                coming.set_exception(error)
            else:
                coming.set_result(answer)

        Thread(target=copy_context().run, args=(wait,), name="tidemill-listen", daemon=True).start()
        return coming

    def _told(self, known: str | None, seconds: float) -> Any:
        tag, answer = self._store.wait_for(self._method, self._arguments(), known, seconds)
        self._known = tag
        return answer
