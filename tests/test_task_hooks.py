"""What hears of a task's states."""

from __future__ import annotations

import pytest

from tidemill import task
from tidemill.exceptions import (
    OptionError,
)


class TestHooks:
    def test_each_hears_of_its_own_state(self, runtime):
        heard = []

        def hook(name):
            return [lambda task, run, state: heard.append((name, run.name[:4], state.name))]

        @task(on_running=hook("running"), on_completion=hook("completion"), on_failure=hook("failure"), retries=1)
        def some(fine):
            if not fine:
                raise ValueError

        some(True)
        some(False, return_state=True)
        assert heard == [
            ("running", "some", "Running"),
            ("completion", "some", "Completed"),
            ("running", "some", "Running"),
            ("running", "some", "Retrying"),
            ("failure", "some", "Failed"),
        ]

    def test_a_hook_that_raises_changes_nothing(self, runtime, said):
        @task
        def good():
            return 1

        @good.on_completion
        def broken(task, run, state):
            raise RuntimeError

        assert good() == 1
        assert any("broken" in line for line in said())

    def test_something_that_is_no_function_is_refused(self):
        with pytest.raises(OptionError, match="on_completion"):
            task(on_completion=["x"])(lambda: 1)


def test_with_options_keeps_hooks_that_were_added_since(runtime):
    told = []

    @task
    def thing():
        return 1

    @thing.on_completion
    def tell(*_):
        told.append(1)

    thing.with_options(name="other")()
    assert told == [1]
