"""Who is measured: tidemill from this environment, the peer from one of its own, and plain functions."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from time import perf_counter
from typing import IO, TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT: Final = Path(__file__).parents[1]
#: Newer companions of this version break it.
PEER_REQUIREMENTS: Final = ("prefect==3.8.8", "fastapi==0.150.0", "sqlalchemy<2.1")
PEER_VARIABLE: Final = "TIDEMILL_BENCH_PEER"
SECONDS_AT_MOST: Final = 600
RSS_NOTES: Final = "rss-notes"


class RowFailedError(Exception):
    """A process of a row did not end well."""


def end_group(group: int) -> None:
    """End what a process left behind: the peer's ephemeral server can outlive whoever started it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def noted_rss_kib(home: Path, process: int, otherwise: int) -> int:
    """What the process noted of itself (see startup/sitecustomize.py); the kernel's figure where it could not."""
    notes = home / RSS_NOTES
    lines = notes.read_text().splitlines() if notes.exists() else []
    return next((int(kib) for pid, kib in map(str.split, lines) if int(pid) == process), otherwise)


@dataclass(frozen=True, slots=True)
class Ended:
    """A process that is over."""

    seconds: float
    rss_mib: float
    output: str


@dataclass(frozen=True, slots=True)
class Side:
    """One of those who are measured."""

    name: str
    package: str
    python: Path
    requirements: tuple[str, ...] = ()

    @property
    def command(self) -> str:
        """Its command line."""
        return str(self.python.parent / self.package)

    @property
    def database(self) -> str:
        """The SQLite file within its home."""
        return f"{self.package}.db"

    @contextlib.contextmanager
    def home(self, template: Path | None = None) -> Iterator[Path]:
        """A home directory nobody else uses; a copy of the template, or fresh."""
        with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as place:
            home = Path(place) / "home"
            if template is not None:
                shutil.copytree(template, home)
            else:
                home.mkdir()
            yield home

    def environment(self, home: Path) -> dict[str, str]:
        """Defaults, but nothing from the person who measures and nothing that calls home."""
        prefix = self.package.upper()
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "PYTHONPATH": f"{ROOT / 'benchmarks' / 'startup'}{os.pathsep}{ROOT}",
            "BENCH_RSS_FILE": str(home / RSS_NOTES),
            "DO_NOT_TRACK": "1",
            f"{prefix}_HOME": str(home / f".{self.package}"),
            f"{prefix}_SERVER_ANALYTICS_ENABLED": "false",
            f"{prefix}_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        }

    def start(self, command: Sequence[str], home: Path, output: IO[bytes], **more: str) -> subprocess.Popen[bytes]:
        """Start a process of this side in a group of its own; the caller waits for it. ``more``: of its environment."""
        environment = self.environment(home) | more
        return subprocess.Popen(
            command, env=environment, cwd=home, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )

    def run(self, command: Sequence[str], home: Path) -> Ended:
        """Run a command to its end: wall time, largest resident set, output."""
        with tempfile.TemporaryFile() as output:
            began = perf_counter()
            process = self.start(command, home, output)
            limit = Timer(SECONDS_AT_MOST, end_group, [process.pid])
            limit.start()
            _, status, usage = os.wait4(process.pid, 0)
            seconds = perf_counter() - began
            limit.cancel()
            end_group(process.pid)
            process.returncode = os.waitstatus_to_exitcode(status)
            output.seek(0)
            text = output.read().decode(errors="replace")
        if process.returncode != 0:
            said = [line for line in text.strip().splitlines() if line.strip()][-1:] or ["no output"]
            raise RowFailedError(f"exit {process.returncode}: {said[0].strip()}")
        return Ended(seconds, noted_rss_kib(home, process.pid, usage.ru_maxrss) / 1024, text)

    def inside(self, row: str, sizes: dict[str, Any], home: Path) -> dict[str, float | None]:
        """Run a row's script in a process of this side."""
        answer = home / "answer.json"
        command = [str(self.python), "-m", "benchmarks.child", row, self.package, json.dumps(sizes), str(answer)]
        ended = self.run(command, home)
        figures: dict[str, float | None] = json.loads(answer.read_text())
        return {**figures, "process s": ended.seconds, "peak MiB": ended.rss_mib}


def tidemill() -> Side:
    """This checkout, as installed in the environment that runs the harness."""
    return Side("tidemill", "tidemill", Path(sys.executable), (str(ROOT),))


def bare() -> Side:
    """The same script with plain functions."""
    return Side("bare", "benchmarks.bare", Path(sys.executable))


def peer() -> Side:
    """The peer: the environment that TIDEMILL_BENCH_PEER names, or one made here from the registry."""
    named = os.environ.get(PEER_VARIABLE)
    place = Path(named) if named else ROOT / ".bench" / "peer"
    side = Side("peer", "prefect", place / "bin" / "python", PEER_REQUIREMENTS)
    installed = place / ".installed"
    if not named and not (installed.exists() and installed.read_text().split("\n") == list(PEER_REQUIREMENTS)):
        print(f"Making the peer's environment: {' '.join(PEER_REQUIREMENTS)}", flush=True)
        make_environment(place, PEER_REQUIREMENTS)
        installed.write_text("\n".join(PEER_REQUIREMENTS))
    return side


def make_environment(place: Path, requirements: Sequence[str]) -> None:
    """A fresh virtual environment with the requirements from the registry."""
    subprocess.run([sys.executable, "-m", "venv", "--clear", place], check=True)
    if requirements:
        install = [place / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*install, *requirements], check=True)
