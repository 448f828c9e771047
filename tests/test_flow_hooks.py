"""What hears of a flow's states."""

from __future__ import annotations

import asyncio

import pytest

from tidemill import State, flow


class TestHooks:
    def test_each_hears_of_its_own_state(self, runtime):
        heard = []

        def hook(name):
            return [lambda flow, run, state: heard.append((name, flow.name, state.name))]

        options = {f"on_{name}": hook(name) for name in ("running", "completion", "failure", "crashed", "cancellation")}

        @flow(**options)
        def good() -> None: ...

        @flow(**options)
        def worse() -> None:
            raise ValueError

        @flow(**options)
        def worst() -> None:
            raise KeyboardInterrupt

        @flow(**options)
        def called_off() -> State:
            from tidemill.states import Cancelled

            return Cancelled()

        good()
        worse(return_state=True)
        with pytest.raises(KeyboardInterrupt):
            worst()
        called_off(return_state=True)

        assert heard == [
            ("running", "good", "Running"),
            ("completion", "good", "Completed"),
            ("running", "worse", "Running"),
            ("failure", "worse", "Failed"),
            ("running", "worst", "Running"),
            ("crashed", "worst", "Crashed"),
            ("running", "called-off", "Running"),
            ("cancellation", "called-off", "Cancelled"),
        ]

    def test_a_hook_that_raises_changes_nothing(self, record, said):
        @flow
        def good() -> int:
            return 1

        @good.on_completion
        def broken(flow, run, state):
            raise RuntimeError("hook")

        assert good() == 1
        assert record.flow_run().state_name == "Completed"
        assert any("broken" in line for line in said())

    @pytest.mark.parametrize("on", ["on_running", "on_completion"])
    def test_so_does_one_that_is_cancelled_by_itself(self, runtime, on):
        def hook(*_):
            raise asyncio.CancelledError

        async def ahook(*_):
            raise asyncio.CancelledError

        @flow(**{on: [hook]})
        def sync():
            return 1

        @flow(**{on: [hook, ahook]})
        async def asynchronous():
            return 1

        assert sync() == asyncio.run(asynchronous()) == 1

    def test_async_hooks(self, runtime):
        heard = []

        async def hook(flow, run, state):
            await asyncio.sleep(0)
            heard.append(state.name)

        @flow(on_completion=[hook])
        def good() -> None: ...

        @flow(on_completion=[hook])
        async def agood() -> None: ...

        good()
        asyncio.run(agood())
        assert heard == ["Completed", "Completed"]


def test_with_options_keeps_hooks_that_were_added_since(runtime):
    told = []

    @flow
    def thing() -> None: ...

    for when in ("completion", "failure", "running", "cancellation", "crashed"):
        getattr(thing, f"on_{when}")(lambda *_, when=when: told.append(when))

    thing.with_options(name="second")()
    assert told == ["running", "completion"]
