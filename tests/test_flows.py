"""What a flow does when it is called."""

from __future__ import annotations

import asyncio
from typing import Annotated

import pydantic
import pytest

from tidemill import flow, task
from tidemill.exceptions import FailedRun, ParameterBindError, ParameterTypeError, UnfinishedRun
from tidemill.states import Cancelling, Completed, Failed, Pending, Running, Scheduled


@task
def one(x: int = 1) -> int:
    return x


@task
def bad() -> None:
    raise ValueError("bad")


def test_a_flow_gives_its_value_and_is_recorded_as_completed(record):
    @flow
    def add(a: int, b: int = 2) -> int:
        return a + b

    assert add(1) == 3

    run = record.flow_run()
    assert (run.flow_name, run.state_name, run.parameters) == ("add", "Completed", {"a": 1, "b": 2})
    assert record.states(run) == ["Pending", "Running", "Completed"]


def test_return_state_gives_the_final_state(runtime):
    @flow
    def three() -> int:
        return 3

    state = three(return_state=True)

    assert state.is_completed()
    assert state.result() == 3


def test_what_a_flow_raises_is_raised_and_recorded(record):
    @flow
    def failing() -> None:
        raise KeyError("gone")

    with pytest.raises(KeyError, match="gone"):
        failing()

    state = record.flow_run().state
    assert (state.name, state.message) == ("Failed", "The flow raised KeyError: 'gone'")


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: Completed(data=1), "Completed"),
        (lambda: Failed(message="no"), "Failed"),
        (lambda: [Completed(), Completed()], "Completed"),
        (lambda: [Completed(), Failed(message="no")], "Failed"),
        (lambda: one.submit(1), "Completed"),
        (lambda: bad.submit(), "Failed"),
        (lambda: (one.submit(1), bad.submit()), "Failed"),
        (lambda: {"a": one.submit(1)}, "Completed"),
        (lambda: None, "Completed"),
        (lambda: ValueError("a value"), "Completed"),
    ],
)
def test_what_a_flow_returns_decides_its_final_state(runtime, make, name):
    @flow
    def returning():
        return make()

    assert returning(return_state=True).name == name


def test_a_flow_succeeds_whatever_became_of_tasks_it_does_not_return(runtime):
    @flow
    def careless() -> int:
        bad.submit()
        bad(return_state=True)
        return 3

    assert careless() == 3


def test_arguments_that_do_not_fit_the_signature_raise_before_there_is_a_run(record):
    @flow
    def takes(x: int) -> int:
        return x

    with pytest.raises(ParameterBindError):
        takes()
    with pytest.raises(ParameterBindError):
        takes(1, return_state=True, y=2)

    assert record.flow_runs() == []


def test_a_value_that_does_not_fit_its_annotation_gives_a_failed_run(record):
    ran = []

    @flow
    def takes(x: int) -> None:
        ran.append(x)

    with pytest.raises(ParameterTypeError, match="x"):
        takes("many")
    state = takes("many", return_state=True)

    assert state.is_failed()
    assert "x" in state.message
    assert ran == []
    assert [run.state_name for run in record.flow_runs()] == ["Failed", "Failed"]


def test_a_validator_that_fails_gives_a_failed_run_too(record):
    def explode(_):
        raise KeyError("custom")

    def takes(value):
        raise AssertionError("not reached")

    takes.__annotations__ = {"value": Annotated[int, pydantic.BeforeValidator(explode)]}

    state = flow(takes)(1, return_state=True)

    assert state.is_failed()
    assert "value: " in state.message
    assert "KeyError" in state.message
    assert record.flow_run().state_name == "Failed"


def test_values_are_coerced_unless_that_is_turned_off(runtime):
    @flow
    def takes(x: int) -> object:
        return x

    assert takes("5") == 5
    assert takes.with_options(validate_parameters=False)("5") == "5"


def test_the_run_is_named_by_template_or_function(record):
    @flow(flow_run_name="of-{day}")
    def daily(day: str) -> None: ...

    @flow(flow_run_name=lambda: "made")
    def made() -> None: ...

    daily("monday")
    made()

    assert record.flow_run(daily).name == "of-monday"
    assert record.flow_run(made).name == "made"


def test_a_template_that_asks_for_no_parameter_is_refused_when_the_flow_is_made():
    from tidemill.exceptions import OptionError

    with pytest.raises(OptionError, match="nope"):
        flow(flow_run_name="{nope}")(lambda x: x)


def test_a_naming_function_that_raises_fails_the_run(record):
    def naming() -> str:
        raise RuntimeError("no name")

    @flow(flow_run_name=naming)
    def nameless() -> int:
        return 1

    state = nameless(return_state=True)

    assert state.is_failed()
    assert isinstance(state.result(raise_on_failure=False), RuntimeError)
    assert record.flow_run().state_name == "Failed"


class TestKindsOfFunction:
    def test_generators_yield_as_they_go(self, record):
        @flow
        def counting(n: int):
            for i in range(n):
                yield one(i)

        assert list(counting(3)) == [0, 1, 2]
        assert record.flow_run().state_name == "Completed"

    def test_a_generator_that_raises_fails_its_run(self, record):
        @flow
        def counting():
            yield 1
            raise ValueError("two")

        items = counting()
        assert next(items) == 1
        with pytest.raises(ValueError, match="two"):
            next(items)
        assert record.flow_run().state_name == "Failed"

    def test_what_is_sent_or_thrown_into_a_generator_is_its_bodys_to_deal_with(self, record):
        @flow
        def echo():
            try:
                yield (yield "begun")
            except ValueError as error:
                yield str(error)

        items = echo()
        assert [next(items), items.send("sent"), items.throw(ValueError("thrown"))] == ["begun", "sent", "thrown"]
        assert list(items) == []
        assert record.flow_run().state_name == "Completed"

        unmoved = echo()
        next(unmoved)
        with pytest.raises(KeyError):
            unmoved.throw(KeyError())
        assert sorted(run.state_name for run in record.flow_runs()) == ["Completed", "Failed"]

    def test_so_it_is_with_an_async_one(self, record):
        @flow
        async def echo():
            try:
                yield (yield "begun")
            except ValueError as error:
                yield str(error)

        async def program():
            items = echo()
            said = [await anext(items), await items.asend("sent"), await items.athrow(ValueError("thrown"))]
            assert said == ["begun", "sent", "thrown"]
            assert [item async for item in items] == []

            unmoved = echo()
            await anext(unmoved)
            with pytest.raises(KeyError):
                await unmoved.athrow(KeyError())

        asyncio.run(program())
        assert sorted(run.state_name for run in record.flow_runs()) == ["Completed", "Failed"]

    def test_a_generator_that_returns_a_failed_state_has_failed_however_it_is_run(self, runtime):
        @flow
        def items():
            yield 1
            return Failed(message="in words")

        assert items(return_state=True).message == "in words"
        with pytest.raises(FailedRun, match="in words"):
            list(items())

    def test_async_generators(self, record):
        @flow
        async def counting(n: int):
            for i in range(n):
                await asyncio.sleep(0)
                yield i

        async def collect():
            return [i async for i in counting(3)]

        assert asyncio.run(collect()) == [0, 1, 2]
        assert record.flow_run().state_name == "Completed"

    @pytest.mark.parametrize("order", ["inside", "outside"])
    def test_methods(self, runtime, order):
        def decorated(binding, fn):
            return flow(binding(fn)) if order == "outside" else binding(flow(fn))

        class Thing:
            factor = 3

            @flow
            def method(self, x: int) -> int:
                return self.factor * x

            of_class = decorated(classmethod, lambda cls, x: cls.factor * x)
            static = decorated(staticmethod, lambda x: x)

        assert Thing().method(2) == 6
        assert Thing.of_class(2) == 6
        assert Thing().of_class(2) == 6
        assert Thing.static(2) == 2
        assert Thing().static(2) == 2


def test_a_retried_flow_reuses_what_its_tasks_completed(still_runtime):
    calls = []
    tries = []

    @task
    def costly(x: int) -> int:
        calls.append(x)
        return x

    @flow(retries=2, retry_delay_seconds=30)
    def flaky() -> int:
        value = costly(1)
        tries.append(value)
        if len(tries) < 3:
            raise ValueError
        return value

    began = still_runtime.clock.monotonic()
    assert flaky() == 1
    assert calls == [1]
    assert still_runtime.clock.monotonic() - began == 60


def test_with_options_changes_only_what_is_given(runtime):
    @flow(name="first", retries=2, log_prints=True)
    def thing() -> int:
        return 1

    other = thing.with_options(name="second")

    assert (other.name, other.retries, other.log_prints) == ("second", 2, True)
    assert thing.name == "first"
    assert thing.with_options(retries=0).retries == 0


def test_an_unknown_option_is_refused_by_name():
    @flow
    def thing() -> None: ...

    with pytest.raises(TypeError, match="retrys"):
        thing.with_options(retrys=1)


def test_a_flow_says_what_it_takes():
    @flow
    def takes(name: str, times: int = 2):
        """Say it.

        Args:
            name: who is greeted
        """

    schema = takes.parameters.model_dump_for_openapi()
    assert schema["required"] == ["name"]
    assert schema["properties"]["name"]["description"] == "who is greeted"
    assert schema["properties"]["times"] == {"default": 2, "position": 1, "title": "times", "type": "integer"}


@task
def below(_: object) -> None: ...


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: below.submit(bad.submit()), "NotReady: Upstream task run"),
        (Pending, "Pending"),
        (Running, "Running"),
        (Scheduled, "Scheduled"),
        (Cancelling, "Cancelling"),
    ],
)
def test_a_flow_that_returns_a_state_that_is_no_end_failed(record, make, said):
    state = flow(lambda: make(), name="returns-one")(return_state=True)

    assert f"not final: {said}" in state.message
    assert (state.name, record.flow_run().state_name) == ("Failed", "Failed")
    with pytest.raises(UnfinishedRun, match="not final"):
        state.result()


def test_so_did_such_a_task(record):
    with pytest.raises(UnfinishedRun, match="not final: Running"):
        task(lambda: Running())()

    assert record.task_run().state_name == "Failed"


def test_a_set_of_futures_may_be_returned(record):
    state = flow(lambda: {bad.submit(), one.submit()}, name="returns-a-set")(return_state=True)

    assert (state.name, state.message) == ("Failed", "1/2 states failed.")
    assert record.flow_run().state_name == "Failed"
