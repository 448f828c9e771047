"""The beat of a process that records: its lease extended, and a look at what is wanted of its runs."""

from __future__ import annotations

import logging
import sys
from threading import Event, Thread, main_thread
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidemill.api.embedded import Home

logger = logging.getLogger("tidemill.home")

#: A beat that comes later than this many beats is worth a warning.
STALL_BEATS: Final = 3.0


class Beat:
    """Extends the process's lease as long as it lives. On this host its lock says the same, and at once."""

    def __init__(self, home: Home, producer: str, also: list[Callable[[], object]]) -> None:
        self._also = also
        self._over = Event()
        self._home = home
        self._producer = producer
        Thread(target=self._run, name="tidemill-beat", daemon=True).start()

    def stop(self) -> None:
        """Beat no more."""
        self._over.set()

    def _run(self) -> None:
        recording, clock = self._home.recording, self._home.clock
        before = clock.monotonic()
        while not self._over.wait(recording.beat_seconds):
            before, stood = clock.monotonic(), clock.monotonic() - before
            if stood > STALL_BEATS * recording.beat_seconds:
                logger.warning(
                    "No other thread of this process could run for %.1f s: something holds on to the interpreter, "
                    "or the process was stopped. Its runs go on. The main thread is at %s",
                    stood,
                    _main_thread_at(),
                )
            now = clock.now_us()
            try:
                self._home.store.beat(self._producer, now, now + int(recording.lease_seconds * 1_000_000))
            except Exception as error:  # noqa: BLE001 - a beat that fails is tried again; the run goes on
                logger.warning("The lease of this process could not be renewed, and will be tried again: %s", error)
            self._act()

    def _act(self) -> None:
        for act in self._also:
            try:
                act()
            except Exception as error:  # noqa: BLE001 - as above
                logger.warning("The store could not be asked what is wanted of this process's runs: %s", error)


def _main_thread_at() -> str:
    frame = sys._current_frames().get(main_thread().ident or 0)  # noqa: SLF001 - documented, in spite of its name
    if frame is None:
        return "an unknown place"
    return f"{frame.f_code.co_filename}:{frame.f_lineno} in {frame.f_code.co_name}"
