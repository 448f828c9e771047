"""A side's server, started as its users start it, on a port and in a home of its own."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, sleep
from typing import TYPE_CHECKING

from benchmarks.sides import RowFailedError, Side, end_group

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS_TO_START = 120


@dataclass(frozen=True, slots=True)
class Served:
    """A running server: where, after how many seconds, and as which process."""

    port: int
    ready_seconds: float
    process: int

    @property
    def url(self) -> str:
        """Its API."""
        return f"http://127.0.0.1:{self.port}/api"

    def cpu_seconds(self) -> float:
        """What it computed so far, all threads; from Linux's /proc."""
        said = Path(f"/proc/{self.process}/stat").read_text().rpartition(")")[2].split()
        return (int(said[11]) + int(said[12])) / os.sysconf("SC_CLK_TCK")

    def rss_mib(self) -> float:
        """What it has in memory now; from Linux's /proc."""
        status = Path(f"/proc/{self.process}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024


@contextlib.contextmanager
def served(side: Side, template: Path | None = None, *, database: str | None = None) -> Iterator[Served]:
    """The side's server, answering; it is killed at the end. ``database``: its address, instead of the home's own."""
    with side.home(template) as home:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [side.command, "server", "start", "--host", "127.0.0.1", "--port", str(port)]
        with (home / "server-output").open("wb") as output:
            began = perf_counter()
            more = {f"{side.package.upper()}_API_DATABASE_CONNECTION_URL": database} if database else {}
            process = side.start(command, home, output, **more)
            try:
                while not _answers(port):
                    if process.poll() is not None or perf_counter() - began > SECONDS_TO_START:
                        raise RowFailedError(f"no server came: {(home / 'server-output').read_text()[-200:]}")
                    sleep(0.01)
                yield Served(port, perf_counter() - began, process.pid)
            finally:
                end_group(process.pid)
                process.wait()


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/api/health")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
