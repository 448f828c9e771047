"""Which server a home has: who runs it, and where it listens, for commands of the same machine.

A lock in the home says that a server lives, however it dies; ``server.json`` beside it says which.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from tidemill.exceptions import ConfigurationError
from tidemill.system.durable import replace_file
from tidemill.system.files import make_private_folder
from tidemill.system.locks import file_lock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tidemill.system.clock import Clock

#: What a home has one of: a server, and a process that only runs services.
Kind = Literal["server", "services"]
#: What stops each.
STOP: Final[dict[Kind, str]] = {"server": "tidemill server stop", "services": "tidemill server services stop"}
#: Who looks whether a server lives has the lock for a moment.
_PATIENCE_SECONDS: Final = 1.0


class CannotStartError(ConfigurationError):
    """A server does not start like this: what is wrong, and what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(f"{message}. {hint}")
        self.message = message
        self.hint = hint


class Instance(msgspec.Struct, frozen=True, kw_only=True):
    """A server that runs. ``url`` is its API's address as clients of this machine reach it."""

    pid: int
    url: str = ""
    host: str = ""
    port: int = 0
    version: str
    started_us: int
    workers: int = 1
    services: bool = True


@contextmanager
def held_home(home: Path, clock: Clock, kind: Kind = "server") -> Iterator[None]:
    """Be the home's server, the only one. Raises CannotStartError where another one is, or nobody can write."""
    try:
        make_private_folder(home)
        lock = file_lock(_lock_of(home, kind), clock)
        taken = lock.acquire(_PATIENCE_SECONDS)
    except OSError as error:
        raise unusable(home, error) from error
    if not taken:
        other, start = _read(home, kind), STOP[kind].replace("stop", "start")
        raise CannotStartError(
            taken_by(home, other, kind),
            f"{STOP[kind]}, or a home of its own for this one: TIDEMILL_HOME=FOLDER {start}",
        )
    try:
        file_of(home, kind).unlink(missing_ok=True)
        yield
    finally:
        file_of(home, kind).unlink(missing_ok=True)
        lock.release()


def unusable(home: Path, error: OSError) -> CannotStartError:
    """Why no server can have that home."""
    return CannotStartError(
        f"the home {home} cannot be used: {error.strerror or error}",
        "TIDEMILL_HOME=ANOTHER_FOLDER tidemill server start, or make that folder writable",
    )


def announce(home: Path, instance: Instance, kind: Kind = "server") -> None:
    """Say in the home that the server answers from now on."""
    replace_file(
        file_of(home, kind), [msgspec.json.format(msgspec.json.encode(instance), indent=2)], point="server_instance"
    )


def running_instance(home: Path, clock: Clock, kind: Kind = "server") -> Instance | None:
    """The home's server, if one runs that has begun to answer."""
    return _read(home, kind) if is_held(home, clock, kind) else None


def is_held(home: Path, clock: Clock, kind: Kind = "server") -> bool:
    """Whether a process is the home's server, or is about to be."""
    lock = file_lock(_lock_of(home, kind), clock)
    try:
        if lock.acquire(create=False):
            lock.release()
            return False
    except NotADirectoryError:  # nobody can have a home below a file
        return False
    return _lock_of(home, kind).exists()


def taken_by(home: Path, other: Instance | None, kind: Kind) -> str:
    """That there is one already, and which."""
    what = "a server" if kind == "server" else "a process for the services"
    at = f" at {other.url}" if other is not None and other.url else ""
    return f"{what} of the home {home} runs already{f', as process {other.pid}{at}' if other is not None else ''}"


def file_of(home: Path, kind: Kind) -> Path:
    """Where it says which it is."""
    return home / f"{kind}.json"


def _lock_of(home: Path, kind: Kind) -> Path:
    return home / f"{kind}.lock"


def _read(home: Path, kind: Kind) -> Instance | None:
    try:
        return msgspec.json.decode(file_of(home, kind).read_bytes(), type=Instance)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
