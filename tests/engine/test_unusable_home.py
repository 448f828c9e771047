"""A home that cannot be used: the run fails and says so, or goes on without being recorded where that was chosen."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import apsw
import pytest

import tidemill
from tidemill.store.errors import StoreBrokenError, StoreFullError
from tidemill.store.sqlite.connection import translated

PACKAGE = str(Path(tidemill.__file__).parents[1])
SCRIPT = """
from tidemill import flow, task
from tidemill.concurrency.sync import concurrency

@task(retries=1, tags=["limited"])
def add(a, b):
    return a + b

@flow(log_prints=True)
def adds():
    with concurrency("database"):
        print("sum", sum(add.map([1, 2], [3, 4]).result()))

if __name__ == "__main__":
    adds()
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a script, whose home is a file."""
    (tmp_path / "home").write_text("mine")
    (tmp_path / "script.py").write_text(SCRIPT)
    monkeypatch.setenv("PYTHONPATH", PACKAGE)
    monkeypatch.setenv("TIDEMILL_HOME", str(tmp_path / "home"))

    def python(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False)

    yield python
    assert (tmp_path / "home").read_text() == "mine"


def test_the_run_fails_with_the_folder_and_what_to_do(run, tmp_path):
    told = run("script.py")

    assert told.returncode == 1
    last = told.stderr.splitlines()[-1]
    assert f"The home {tmp_path / 'home'} cannot be used" in last
    assert "name another folder with TIDEMILL_HOME" in last


@pytest.mark.parametrize(("command", "end"), [("script.py", ""), ("-m tidemill run script.py", "was not recorded.")])
def test_where_that_was_chosen_it_goes_on_without_being_recorded(run, monkeypatch, command, end):
    monkeypatch.setenv("TIDEMILL_ON_STORAGE_FAILURE", "continue")

    told = run(*command.split())

    assert told.returncode == 0, told.stderr
    assert "Runs go on without being recorded, as chosen." in told.stderr
    assert "sum 10" in told.stderr
    assert "Finished as Completed" in told.stderr
    assert end in told.stderr


def test_no_room_for_the_shared_memory_of_sqlite_is_a_full_disk():
    no_room, other = apsw.IOError("disk I/O error"), apsw.IOError("disk I/O error")
    no_room.extendedresult, other.extendedresult = apsw.SQLITE_IOERR_SHMSIZE, apsw.SQLITE_IOERR_READ

    assert type(translated(no_room, "x.db")) is StoreFullError
    assert type(translated(other, "x.db")) is StoreBrokenError
