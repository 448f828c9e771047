"""Many processes that come to one home at once."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tidemill.api.embedded import Home
from tidemill.domain.identity import uuid7
from tidemill.domain.runs import Producer
from tidemill.journal.file import journal_path

pytestmark = pytest.mark.machine


@pytest.mark.faults
def test_many_processes_start_flows_on_a_fresh_home_at_once_and_all_are_recorded(full_faults, record_property):
    count = 200 if full_faults else 12
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.crowd", str(count)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{ROOT}/src:{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
    )

    record_property("faults:processes at once", count)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(rf"processes={count} failures=0", done.stdout)


def test_who_is_about_to_begin_a_journal_does_not_count_as_dead(tmp_path: Path):
    """Between making its file and locking it, a process meets one that tends the home."""
    first = Home(tmp_path)
    producer = uuid7(1, bytes(10))
    now = first.clock.now_us()
    first.store.register_producer(
        Producer(id=producer, pid=1, host="here", beat_us=now, lease_until_us=now + 20_000_000)
    )
    first.journals.mkdir()
    journal_path(first.journals, producer).touch()

    second = Home(tmp_path)

    assert [each.id for each in second.store.producers_not_ended()] == [producer]
    second.close()
    first.close()
