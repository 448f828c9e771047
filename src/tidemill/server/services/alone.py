"""Services without a server: a process that only runs them, beside servers that only answer."""

from __future__ import annotations

import os
import signal
from threading import Event
from typing import TYPE_CHECKING, Any

from tidemill._version import __version__
from tidemill.api.local_server import Instance, announce, held_home
from tidemill.server.opening import opened_store
from tidemill.server.running import services_of
from tidemill.server.services.running import ServiceRunner

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidemill.settings import Settings
    from tidemill.system.clock import Clock


def run_services(settings: Settings, clock: Clock, tell: Callable[[list[str]], None]) -> None:
    """Run those that are enabled, until the process is told to end. ``tell`` is called with their names.

    Each is run by one process at a time, whoever leads it. Raises CannotStartError where this home has such a process.
    """
    over = Event()
    before = {number: signal.signal(number, lambda *_: over.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with held_home(settings.home, clock, "services"), opened_store(settings, clock) as store:

            def write(unit: Callable[[], Any], /) -> Any:
                with store.together():
                    return unit()

            services = services_of(settings, store)
            runner = ServiceRunner(services, store, clock, settings, write)
            runner.start()
            started = Instance(pid=os.getpid(), version=__version__, started_us=clock.now_us())
            announce(settings.home, started, "services")
            tell([service.name for service in services if service.enabled])
            over.wait()
            runner.stop()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
