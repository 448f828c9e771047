"""I9: what a process holds does not grow with the runs it has done."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tidemill import flow, task
from tidemill.api.embedded import Home
from tidemill.engine.opening import runtime_of
from tidemill.engine.runtime import EngineSettings, stop_using, use

MIB = 1024 * 1024


@task
def part(number: int) -> int:
    return number


@flow
def small() -> int:
    return sum(part.map(range(5)).result())


@pytest.mark.machine
def test_i9_descriptors_and_files_stay_bounded_over_many_runs(tmp_path, full_faults, record_property):
    home = Home(tmp_path)
    token = use(runtime_of(home, EngineSettings()))
    runs = 300 if full_faults else 60
    try:
        for _ in range(10):
            small()
        descriptors = len(os.listdir("/proc/self/fd"))
        for _ in range(runs):
            small()
        home.recorder.wait_applied()

        assert len(os.listdir("/proc/self/fd")) <= descriptors + 8
        assert (tmp_path / "tidemill.db-wal").stat().st_size <= 64 * MIB
        assert sum(path.stat().st_size for path in Path(tmp_path / "journal").iterdir()) <= 32 * MIB
    finally:
        stop_using(token)
        home.close()
    record_property("faults:runs within caps", runs)
