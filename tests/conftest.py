"""What every test may ask for, and what a run by CI does not let pass."""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import tempfile
from collections import Counter
from pathlib import Path
from typing import Final

import hypothesis
import pytest

from tests.engine.fixtures import beating_home, clock, home, lines, record, runtime, said, still_runtime  # noqa: F401 - fixtures for all

ROOT: Final = Path(__file__).parents[1]
TRIPS_VARIABLE: Final = "TIDEMILL_TRIPS"

#: Are the full figures asked for, or a part of them?
FULL: Final = os.environ.get("TIDEMILL_FAULTS") == "full"

# The machines are shared: how long an example takes, or how many were filtered out, says nothing there. CI draws the same
# examples each time, so that what lands does not depend on luck; new ones are drawn at every run by hand.
hypothesis.settings.register_profile(
    "house",
    max_examples=100 if FULL else 20,
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[
        hypothesis.HealthCheck.data_too_large,
        hypothesis.HealthCheck.filter_too_much,
        hypothesis.HealthCheck.too_slow,
    ],
)
hypothesis.settings.load_profile("house")


def pytest_configure() -> None:
    """A home of the run's own for what asks for none, so that no test reads or writes the one of who runs the tests."""
    of_the_run = tempfile.mkdtemp(prefix="tidemill-tests-")
    os.environ["TIDEMILL_HOME"] = of_the_run
    made_by = os.getpid()

    # At exit rather than with the session: what the process recorded there is put away at exit too, before this.
    @atexit.register
    def _remove() -> None:
        if os.getpid() == made_by:
            shutil.rmtree(of_the_run, ignore_errors=True)


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
    return FULL


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What stands in tests/faults is a fault test."""
    for item in items:
        if item.nodeid.startswith("tests/faults/"):
            item.add_marker("faults")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> object:
    """Ten thousand tests outlive every collection of garbage: none of those looks at them again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line with the figures of the fault campaigns: what tests recorded as properties that begin with "faults:"."""
    figures: Counter[str] = Counter()
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        figures.update(
            {
                name.removeprefix("faults:"): value
                for name, value in report.user_properties
                if name.startswith("faults:")
            }
        )
    if figures:
        said = ", ".join(f"{count:,} {name}" for name, count in sorted(figures.items()))
        terminalreporter.write_line(f"fault campaigns: {said}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> object:
    """Under CI a test that skips itself for want of the trip files is red, however it skipped."""
    report = yield
    if os.environ.get("CI") and report.skipped and TRIPS_VARIABLE in str(report.longrepr):
        report.outcome = "failed"
    # Some tests log lone surrogates on purpose, and pytest-xdist cannot send such text from its workers.
    report.sections = [(name, text.encode("utf-8", "backslashreplace").decode()) for name, text in report.sections]
    return report
