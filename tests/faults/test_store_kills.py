"""F3: a process killed around a commit of the store; what it sends again counts once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.store.conformance.story import Story, an_id, ended, line, started
from tidemill.store.sqlite.store import SqliteStore

SCRIPT = """
import sys
from pathlib import Path
from tests.faults.test_store_kills import tell
from tests.store.conformance.story import Story
from tidemill.store.sqlite.store import SqliteStore

tell(Story(SqliteStore.open(Path(sys.argv[1]))))
"""
BATCHES = 4


def tell(story: Story) -> None:
    story.running()
    run = an_id("run")
    for k in range(BATCHES - 1):
        story.tell(started(run, f"task {k}"), ended(run, f"task {k}"), line(run, f"{k}"))


@pytest.mark.machine
@pytest.mark.faults
@pytest.mark.parametrize(
    ("point", "nth"),
    [
        pytest.param(point, nth, marks=() if nth in (1, BATCHES) else pytest.mark.thorough)
        for point in ("store.before_commit", "store.after_commit")
        for nth in range(1, BATCHES + 1)
    ],
)
def test_f3_a_kill_at_a_commit_leaves_whole_batches_and_sending_again_completes_them(tmp_path, point, nth):
    path = tmp_path / "home" / "tidemill.db"
    environment = os.environ | {"TIDEMILL_FAIL": f"{point}:{nth}:kill"}
    killed = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(path)], env=environment, cwd=Path(__file__).parents[2], check=False
    )
    assert killed.returncode == -signal.SIGKILL

    with SqliteStore.open(path) as store:
        whole = nth if point == "store.after_commit" else nth - 1
        assert len(store.read_logs()) == max(0, whole - 1)
        tell(Story(store))

        assert [log.message for log in store.read_logs()] == ["0", "1", "2"]
        assert len(store.find_task_runs()) == BATCHES - 1
        assert store.late_reports() == []
        store.check()
