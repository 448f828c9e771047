"""A run whose code has changed is resumed: told in the log by default, the end of the run where that is asked for."""

from __future__ import annotations

import pytest

from tests.engine.fixtures import home_in_use
from tidemill import flow, task
from tidemill.engine.continuing import continue_run
from tidemill.engine.runtime import runtime
from tidemill.settings import temporary_settings


@pytest.fixture
def home(tmp_path):
    with home_in_use(tmp_path / "home") as home:
        yield home


class Cut(BaseException):
    """As if the process had died here."""


@pytest.fixture
def resumed(home):
    """What becomes of a run that had called ``one`` and ``two`` when its code calls these."""

    def resume(*calls: str, **options):
        @task(task_run_name="{name}")
        def work(name: str):
            return name

        @flow(name="changes")
        def before():
            work("one")
            work("two")
            raise Cut

        @flow(name="changes")
        def after():
            for name in calls:
                work(name)

        with pytest.raises(Cut):
            before()
        home.recorder.wait_applied()
        (run,) = home.store.find_flow_runs()
        return continue_run(after, run, home, runtime(), retry=False, **options)

    return resume


def test_the_same_calls_are_no_divergence(resumed):
    assert resumed("one", "two", "three", strict=True).is_completed()


def test_by_default_a_divergence_is_no_failure(resumed):
    assert resumed("one").is_completed()


@pytest.mark.parametrize("calls", [["one"], ["one", "changed"]])
def test_strictly_it_fails_and_names_what_was_not_asked_for(resumed, calls):
    state = resumed(*calls, strict=True)

    assert state.is_failed()
    assert "1 recorded calls of an earlier attempt were not made again (two)" in state.message


def test_the_setting_asks_for_it_too(resumed):
    with temporary_settings({"TIDEMILL_RESUME_STRICTLY": True}):
        assert resumed("one").is_failed()
