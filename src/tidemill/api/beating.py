"""The beat of a process that records: its lease extended, and a look at what is wanted of its runs."""

from __future__ import annotations

import logging
import sys
from threading import Event, Thread, main_thread
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidemill.api.embedded import Home
    from tidemill.domain.runs import Producer

logger = logging.getLogger("tidemill.home")

#: A beat that comes later than this many beats is worth a warning.
STALL_BEATS: Final = 3.0


class Beat:
    """Extends the process's lease as long as it lives. On this host its lock says the same, and at once."""

    def __init__(self, home: Home, producer: Producer, also: list[Callable[[], object]], *, known: bool = True) -> None:
        """``known``: the store has been told of the producer; else it is told at the first beat that reaches it."""
        self._also = also
        self._away = False
        self._known = known
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
            try:
                self._renew(clock.now_us())
            except Exception as error:  # noqa: BLE001 - a beat that fails is tried again; the run goes on
                self._tell_of_trouble(error)
                continue
            if self._away:
                self._away = False
                logger.warning("The lease of this process is renewed again.")
            self._act()

    def _tell_of_trouble(self, error: Exception) -> None:
        """Once for each outage."""
        level = logging.DEBUG if self._away else logging.WARNING
        self._away = True
        logger.log(level, "The lease of this process could not be renewed, and will be tried again: %s", error)

    def _renew(self, now: int) -> None:
        """Extend the lease. Who was taken for dead meanwhile is told anew: what it begins from now on is its own."""
        store, until = self._home.store, now + int(self._home.recording.lease_seconds * 1_000_000)
        self._known = self._known and store.beat(self._producer.id, now, until)
        if not self._known and not self._over.is_set():
            store.register_producer(replace(self._producer, beat_us=now, lease_until_us=until))
            self._known = True

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
