"""``python -m tidemill.server.member``: one of the processes of a server, started by the one that watches them."""

from __future__ import annotations

import os
import signal
import socket
import sys
from io import FileIO
from threading import Thread

import msgspec

from tidemill.api.local_server import CannotStartError
from tidemill.exceptions import SetupError
from tidemill.server.logs import show_logs
from tidemill.server.running import serve
from tidemill.server.watched import Member, Said
from tidemill.settings import get_current_settings
from tidemill.settings.context import choose_profile, temporary_settings
from tidemill.store.errors import StoreUnavailableError
from tidemill.system.clock import SystemClock

_MEND = "mend that, and start the server again with: tidemill server start"
#: Worth another try, as programs that watch others know it.
_TRY_AGAIN = 75


def main(told: str) -> int:
    """Serve until the parent says, or is gone."""
    member = msgspec.json.decode(told, type=Member)
    parent = FileIO(member.ready, "w")
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
                ready=lambda _: _answers(parent),
            )
        except SetupError as error:
            said = (
                Said(error.message, error.hint)
                if isinstance(error, CannotStartError)
                else Said(str(error).rstrip("."), _MEND)
            )
            if not _tell(parent, said):
                sys.stderr.write(f"{error}\n")
            return 1
        except StoreUnavailableError as error:
            sys.stderr.write(f"{error}\n")
            return _TRY_AGAIN
    return 0


def _end_with_parent(alive: int) -> None:
    """The pipe ends when nobody has its other end any more."""
    os.read(alive, 1)
    os.kill(os.getpid(), signal.SIGTERM)


def _answers(parent: FileIO) -> None:
    _tell(parent, Said())


def _tell(parent: FileIO, said: Said) -> bool:
    """Once: whoever has answered says no more. Whether it was said."""
    if parent.closed:
        return False
    with parent:
        parent.write(msgspec.json.encode(said))
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
