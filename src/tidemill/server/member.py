"""``python -m tidemill.server.member``: one of the processes of a server, started by the one that watches them."""

from __future__ import annotations

import os
import signal
import socket
import sys
from threading import Thread

import msgspec

from tidemill.api.local_server import CannotStartError
from tidemill.server.fleet import READY, Member
from tidemill.server.logs import show_logs
from tidemill.server.running import serve
from tidemill.settings import get_current_settings
from tidemill.settings.context import choose_profile, temporary_settings
from tidemill.system.clock import SystemClock


def main(told: str) -> int:
    """Serve until the parent says, or is gone."""
    member = msgspec.json.decode(told, type=Member)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C comes to all; the parent tells when to end
    if member.plan.profile is not None:
        choose_profile(member.plan.profile)
    Thread(target=_end_with_parent, args=(member.alive,), name="tidemill-parent", daemon=True).start()
    with temporary_settings(member.plan.settings):
        settings = get_current_settings()
        show_logs(settings)
        plan = msgspec.structs.replace(member.plan, services=member.plan.services and member.number == 0)
        try:
            serve(
                plan,
                settings,
                SystemClock(),
                socket.socket(fileno=member.socket),
                first=False,
                ready=lambda _: _tell(member.ready),
            )
        except CannotStartError as error:
            sys.stderr.write(f"{error.message}\n")
            return 1
    return 0


def _end_with_parent(alive: int) -> None:
    """The pipe ends when nobody has its other end any more."""
    os.read(alive, 1)
    os.kill(os.getpid(), signal.SIGTERM)


def _tell(ready: int) -> None:
    os.write(ready, READY)
    os.close(ready)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
