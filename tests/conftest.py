"""What every test may ask for, and what a run by CI does not let pass."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import pytest

from tests.engine.fixtures import clock, home, record, runtime, said, still_runtime  # noqa: F401 - fixtures for all

ROOT: Final = Path(__file__).parents[1]
TRIPS_VARIABLE: Final = "TIDEMILL_TRIPS"


@pytest.fixture(scope="session")
def trips() -> Path:
    """The folder with the real trip files; without it the test is skipped, and under CI that is a failure."""
    folder = Path(os.environ.get(TRIPS_VARIABLE, ROOT / "../shared/data")).resolve()
    if any(folder.glob("green_tripdata_*.parquet")):
        return folder
    reason = f"no green_tripdata_*.parquet in {folder}; {TRIPS_VARIABLE} names the folder that has them"
    if os.environ.get("CI"):
        pytest.fail(f"CI must not pass over the real data: {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def full_faults() -> bool:
    """Are the full figures of the fault campaigns asked for, or a sample?"""
    return os.environ.get("TIDEMILL_FAULTS") == "full"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What stands in tests/faults is a fault test."""
    for item in items:
        if item.path.is_relative_to(ROOT / "tests" / "faults"):
            item.add_marker("faults")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> object:
    """Under CI a test that skips itself for want of the trip files is red, however it skipped."""
    report = yield
    if os.environ.get("CI") and report.skipped and TRIPS_VARIABLE in str(report.longrepr):
        report.outcome = "failed"
    return report
