"""Which server a home has: who runs it, and where it listens, for commands of the same machine.

A lock in the home says that a server lives, however it dies; ``server.json`` beside it says which.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import msgspec

from tidemill.server.plan import CannotStartError
from tidemill.system.durable import replace_file
from tidemill.system.files import make_private_folder
from tidemill.system.locks import file_lock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tidemill.system.clock import Clock

FILE: Final = "server.json"
_LOCK: Final = "server.lock"
#: Who looks whether a server lives has the lock for a moment.
_PATIENCE_SECONDS: Final = 1.0


class Instance(msgspec.Struct, frozen=True, kw_only=True):
    """A server that runs. ``url`` is its API's address as clients of this machine reach it."""

    pid: int
    url: str
    host: str
    port: int
    version: str
    started_us: int
    workers: int = 1
    services: bool = True


@contextmanager
def held_home(home: Path, clock: Clock) -> Iterator[None]:
    """Be the home's server, the only one. Raises CannotStartError where another one is."""
    make_private_folder(home)
    lock = file_lock(home / _LOCK, clock)
    if not lock.acquire(_PATIENCE_SECONDS):
        other = _read(home)
        where = f", as process {other.pid} at {other.url}" if other is not None else ""
        raise CannotStartError(
            f"a server of the home {home} runs already{where}",
            "tidemill server stop, or a home of its own for this one: TIDEMILL_HOME=FOLDER tidemill server start",
        )
    try:
        (home / FILE).unlink(missing_ok=True)
        yield
    finally:
        (home / FILE).unlink(missing_ok=True)
        lock.release()


def announce(home: Path, instance: Instance) -> None:
    """Say in the home that the server answers from now on."""
    replace_file(home / FILE, [msgspec.json.format(msgspec.json.encode(instance), indent=2)], point="server_instance")


def running_instance(home: Path, clock: Clock) -> Instance | None:
    """The home's server, if one runs that has begun to answer."""
    return _read(home) if is_held(home, clock) else None


def is_held(home: Path, clock: Clock) -> bool:
    """Whether a process is the home's server, or is about to be."""
    lock = file_lock(home / _LOCK, clock)
    if lock.acquire(create=False):
        lock.release()
        return False
    return (home / _LOCK).exists()


def _read(home: Path) -> Instance | None:
    try:
        return msgspec.json.decode((home / FILE).read_bytes(), type=Instance)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
