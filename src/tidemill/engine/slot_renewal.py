"""Keeps leases from running out while their holders work: one thread a process, started by the first lease."""

from __future__ import annotations

import logging
from threading import Condition, Thread
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tidemill.engine.slots import Lease
    from tidemill.system.clock import Clock

logger = logging.getLogger("tidemill.concurrency")

#: The thread ends when nothing has been held for so long, in seconds.
_IDLE_SECONDS: Final = 30.0
_AGAIN_SECONDS: Final = 1.0


class Renewal:
    """Calls ``renew`` for each lease in ``held`` when it is due; what that gives is when it is due next."""

    def __init__(self, held: Mapping[str, Lease], clock: Clock, renew: Callable[[Lease], float]) -> None:
        self._held = held
        self._clock = clock
        self._renew = renew
        self._changed = Condition()
        self._wakes_at: float | None = None

    def watch(self, lease: Lease, seconds: float) -> None:
        """Have a lease renewed in so many seconds. The thread is only disturbed if that is before it wakes anyway."""
        lease.renew_at = due = self._clock.monotonic() + seconds
        if self._wakes_at is not None and self._wakes_at <= due:
            return
        with self._changed:
            if self._wakes_at is None:
                self._wakes_at = due
                Thread(target=self._run, name="tidemill-slots", daemon=True).start()
            else:
                self._changed.notify()

    def _run(self) -> None:
        while self._wait():
            for lease in list(self._held.values()):
                if lease.renew_at <= self._clock.monotonic():
                    lease.renew_at = self._clock.monotonic() + self._renewed(lease)

    def _wait(self) -> bool:
        with self._changed:
            now = self._clock.monotonic()
            due = min((lease.renew_at for lease in list(self._held.values())), default=None)
            self._wakes_at = min(now + _IDLE_SECONDS, due) if due is not None else now + _IDLE_SECONDS
            stirred = self._changed.wait(max(self._wakes_at - now, 0.0))
            self._wakes_at = None  # before the look: who holds something from now on sees that nobody would wake for it
            if self._held or stirred:
                self._wakes_at = now
                return True
            return False

    def _renewed(self, lease: Lease) -> float:
        try:
            return self._renew(lease)
        except Exception as error:  # noqa: BLE001 - the lease still runs: there is time to try again
            logger.debug("Slots of %s could not be renewed, and this is tried again: %s", lease.limits, error)
            return _AGAIN_SECONDS
