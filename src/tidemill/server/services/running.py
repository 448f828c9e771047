"""The thread in which a server's services run, one pass after the other."""

from __future__ import annotations

import logging
import random
from threading import Event, Thread
from typing import TYPE_CHECKING, Final

from tidemill.server.judging import own_circumstances
from tidemill.server.services.leading import BEAT_SECONDS, TERM_US, Leadership
from tidemill.server.services.service import SECOND_US, Pass
from tidemill.store.access.services import Passed
from tidemill.store.errors import LeadLostError, StoreUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tidemill.server.services.service import Service, T, Write
    from tidemill.settings import Settings
    from tidemill.store.access.services import Lead
    from tidemill.store.store import Store
    from tidemill.system.clock import Clock

logger = logging.getLogger("tidemill.server.services")

_FIRST_RETRY_SECONDS: Final = 1.0
_LAST_RETRY_SECONDS: Final = 60.0
#: Servers that are started together do not ask together for ever.
_JITTER: Final = 0.1


class _Turns:
    """When something has its turn next, and how it went so far. Times are seconds of a clock that never goes back."""

    def __init__(self, due: float) -> None:
        self.due = due
        self._failures = 0

    def went_well(self, what: str) -> None:
        if self._failures:
            logger.warning("%s works again", what)
        self._failures = 0

    def failed(self, what: str, error: Exception, moment: float) -> None:
        """Said once for each outage; tried again later and later."""
        wait = min(_FIRST_RETRY_SECONDS * 2**self._failures, _LAST_RETRY_SECONDS)
        self.due = moment + wait
        expected = isinstance(error, StoreUnavailableError)
        level = logging.DEBUG if self._failures else logging.WARNING if expected else logging.ERROR
        self._failures = min(self._failures + 1, 16)
        logger.log(level, "%s failed and is tried again: %s", what, error, exc_info=None if expected else error)


class ServiceRunner:
    """Runs the services that are enabled and led by this server.

    ``write`` runs a unit as one transaction, from whatever thread.
    """

    def __init__(
        self, services: Sequence[Service], store: Store, clock: Clock, settings: Settings, write: Write,
        *, chance: Callable[[], float] = random.random,
    ) -> None:  # fmt: skip
        self._services = {service.name: service for service in services if service.enabled}
        self._store, self._clock, self._settings, self._write = store, clock, settings, write
        self._chance = chance
        self._leadership = Leadership(store, sorted(self._services))
        self._leads: dict[str, Lead] = {}
        #: By the wall clock. Where that jumps, nothing is judged before the leads have begun anew.
        self._term = (0, 0)
        self._passes: list[Passed] = []
        moment = clock.monotonic()
        self._beat = _Turns(moment)
        self._turns = {name: _Turns(moment) for name in self._services}
        self._over = Event()
        self._thread = Thread(target=self._run, name="tidemill-services", daemon=True)

    def start(self) -> None:
        """Begin, in a thread of their own."""
        if self._services:
            self._thread.start()

    def stop(self) -> None:
        """Finish the pass that is under way, and let other servers lead at once."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()
        self.resign()

    def resign(self) -> None:
        """Lead nothing any more; a store that is away finds out by itself."""
        leads, self._leads = self._leads, {}
        if leads:
            try:
                self._write(lambda: self._leadership.resign(self._clock.now_us()))
            except StoreUnavailableError as error:
                logger.info("The services' leads run out by themselves: %s", error)

    def step(self) -> float:
        """All passes whose turn it is; how many seconds it is to the next one's."""
        for name in sorted(self._turns, key=lambda one: self._turns[one].due):
            self._beat_if_due()
            if self._over.is_set():
                return 0.0
            if name in self._leads and self._turns[name].due <= self._clock.monotonic():
                self._pass(self._services[name], self._leads[name])
        due = min(self._beat.due, *(self._turns[name].due for name in self._leads), self._beat.due)
        return max(0.0, due - self._clock.monotonic())

    def _run(self) -> None:
        while not self._over.wait(self.step()):
            pass

    def _beat_if_due(self) -> None:
        moment, now = self._clock.monotonic(), self._clock.now_us()
        if moment < self._beat.due and (not self._leads or self._term[0] <= now < self._term[1]):
            return
        passes, self._passes = self._passes, []
        try:
            leads = self._write(lambda: self._noted(passes, now))
        except Exception as error:  # noqa: BLE001 - whatever it is, no service runs without its lead
            self._leads = {}
            self._beat.failed("The leading of services", error, moment)
            return
        self._leads = {lead.service: lead for lead in leads}
        self._term = (now, now + TERM_US)
        self._beat.went_well("The leading of services")
        self._beat.due = moment + BEAT_SECONDS

    def _noted(self, passes: list[Passed], now: int) -> list[Lead]:
        if passes:
            self._store.note_passes(passes)
        return self._leadership.beat(now)

    def _pass(self, service: Service, lead: Lead) -> None:
        turns, begun, now = self._turns[service.name], self._clock.monotonic(), self._clock.now_us()
        failure = None
        try:
            again = service.run_once(self._turn(lead, now))
        except LeadLostError as lost:
            logger.info("%s", lost)
            self._leads.pop(service.name, None)
            return
        except Exception as error:  # noqa: BLE001 - one service's trouble is not that of the others
            failure = str(error) or type(error).__name__
            turns.failed(f"The service '{service.name}'", error, self._clock.monotonic())
        else:
            turns.went_well(f"The service '{service.name}'")
            turns.due = self._next(service, begun, now, again)
        took = round((self._clock.monotonic() - begun) * SECOND_US)
        self._passes = [one for one in self._passes if one.lead.service != service.name]
        self._passes.append(Passed(lead, now, took, failure))

    def _turn(self, lead: Lead, now: int) -> Pass:
        def write(unit: Callable[[], T], /) -> T:
            def while_led() -> T:
                self._store.check_lead(lead)
                return unit()

            return self._write(while_led)

        return Pass(self._store, now, lead.since, write, own_circumstances(self._settings, now))

    def _next(self, service: Service, begun: float, now: int, again: int | None) -> float:
        regular = begun + service.interval * (1 + _JITTER * (self._chance() - 0.5))
        return regular if again is None else min(regular, begun + max(0, again - now) / SECOND_US)
