"""The socket that a server listens on, taken before anything else is opened."""

from __future__ import annotations

import errno
import socket
import sys
from typing import TYPE_CHECKING, Final

from tidemill.api.local_server import CannotStartError
from tidemill.server.prefix import api_prefix

if TYPE_CHECKING:
    from tidemill.settings import Settings

_BACKLOG: Final = 2048
_EVERYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - where clients find such a one


def listening_socket(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises CannotStartError where that cannot be, with what to do."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    taken = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":  # there it would let two servers have one port
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((host, port))
        taken.listen(_BACKLOG)
    except (OSError, OverflowError) as error:
        taken.close()
        raise _refusal(host, port, error) from error
    return taken


def _refusal(host: str, port: int, error: OSError | OverflowError) -> CannotStartError:
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.EADDRINUSE:
        return CannotStartError(
            f"port {port} of {host} is taken by another process",
            f"tidemill server start --port {port + 1}, or tidemill server stop if it is a server of yours",
        )
    if number in (errno.EACCES, errno.EPERM):
        return CannotStartError(f"port {port} is not for this user", "tidemill server start --port 4200")
    if number == errno.EADDRNOTAVAIL or isinstance(error, socket.gaierror):
        return CannotStartError(
            f"{host!r} is no address of this machine", "tidemill server start --host 127.0.0.1, or --host 0.0.0.0"
        )
    return CannotStartError(f"cannot listen on {host}, port {port}: {error}", "another --host or --port")


def api_url(host: str, port: int, settings: Settings) -> str:
    """The API's address as clients of this machine reach it."""
    name = _EVERYWHERE.get(host, host)
    shown = f"[{name}]" if ":" in name else name
    return f"http://{shown}:{port}{api_prefix(settings)}"
