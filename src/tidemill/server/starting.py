"""Starting a server: its home and its socket taken, one process or several, the word that it is ready."""

from __future__ import annotations

import os
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

from tidemill._version import __version__
from tidemill.api.local_server import Instance, announce, held_home
from tidemill.server.listening import api_url, listening_socket

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidemill.server.auth.first_start import Start
    from tidemill.server.plan import Plan
    from tidemill.settings import Settings
    from tidemill.system.clock import Clock


class Ready(NamedTuple):
    """What to tell whoever started the server: which one it is, and what they should know of who may come in."""

    instance: Instance
    start: Start


def start(plan: Plan, settings: Settings, clock: Clock, tell: Callable[[Ready], None]) -> None:
    """Serve until the process is told to end. ``tell`` is called once, when the server answers.

    Raises CannotStartError where the port or the home is taken, or nobody has said who may come in.
    """
    host = plan.host or settings.server.api.host
    port = settings.server.api.port if plan.port is None else plan.port
    with held_home(settings.home, clock), closing(listening_socket(host, port)) as taken:
        bound = taken.getsockname()[1]
        instance = Instance(
            pid=os.getpid(),
            url=api_url(host, bound, settings),
            host=host,
            port=bound,
            version=__version__,
            started_us=clock.now_us(),
            workers=plan.workers,
            services=plan.services,
        )

        def ready(start: Start) -> None:
            tell(Ready(instance, start))  # first: who waits for it to be announced tells its warnings again
            announce(settings.home, instance)

        if plan.workers == 1:
            from tidemill.server.running import serve  # noqa: PLC0415 - loads the application

            serve(plan, settings, clock, taken, first=True, ready=ready)
        else:
            from tidemill.server.fleet import serve_by_several  # noqa: PLC0415 - few servers are several processes

            serve_by_several(plan, settings, clock, taken, ready=ready)
