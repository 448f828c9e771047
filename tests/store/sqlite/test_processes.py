"""Many processes on one fresh home: everything is recorded, and nobody hears 'database is locked'."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tidemill.store.sqlite.store import SqliteStore

BATCHES = 20

SCRIPT = """
import sys
from pathlib import Path
from tests.store.conformance.story import Story, ended, line, started
from tidemill.store.sqlite.store import SqliteStore

name = sys.argv[2]
with SqliteStore.open(Path(sys.argv[1])) as store:
    story = Story(store, name)
    run = story.running(name)
    for k in range(int(sys.argv[3])):
        story.tell(started(run, f"{name} {k}"), ended(run, f"{name} {k}"), line(run, f"{k}"))
"""


@pytest.mark.parametrize("count", [5, *(pytest.param(many, marks=pytest.mark.thorough) for many in (8, 30))])
def test_many_processes_write_at_once_to_a_fresh_home(tmp_path, count):
    path = tmp_path / "home" / "tidemill.db"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", SCRIPT, str(path), f"process-{number}", str(BATCHES)],
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(count)
    ]
    complaints = [process.communicate()[1] for process in processes]

    assert [complaint for complaint in complaints if complaint] == []
    with SqliteStore.open(path) as store:
        assert store.count_flow_runs() == count
        assert sum(store.count_task_runs().values()) == count * BATCHES
        assert len(store.read_logs(limit=-1)) == count * BATCHES
        store.check()
