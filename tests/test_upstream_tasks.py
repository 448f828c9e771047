"""What a task waits for before it runs, called, submitted or mapped."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.small_tasks import add, bad, in_flow, one
from tidemill import allow_failure, task, unmapped
from tidemill.exceptions import (
    MappingLengthMismatch,
    MappingMissingIterable,
    UnfinishedRun,
)
from tidemill.utilities.annotations import quote


class TestUpstream:
    """What a call waits for, and what becomes of it when that does not complete."""

    def test_futures_in_nested_collections_are_replaced_by_their_values(self, runtime):
        @dataclass
        class Box:
            inside: object

        @task
        def opened(value):
            return value["list"][0], value["box"].inside, sorted(value["set"])

        def body():
            return opened({"list": [one.submit(1)], "box": Box(one.submit(2)), "set": {one.submit(3)}})

        assert in_flow(
            lambda: opened.submit({"list": [one.submit(1)], "box": Box(one.submit(2)), "set": {one.submit(3)}}).result()
        ) == (1, 2, [3])
        assert in_flow(body) == (1, 2, [3])

    def test_a_cycle_is_survived(self, runtime):
        def body():
            cycle: list = [one.submit(1)]
            cycle.append(cycle)
            return one(cycle)[0]

        assert in_flow(body) == 1

    def test_states_are_replaced_by_their_values(self, runtime):
        assert in_flow(lambda: add(one(1, return_state=True), 2)) == 3

    def test_a_task_below_a_failed_one_never_runs(self, record):
        def body():
            state = one(bad.submit(), return_state=True)
            return state.name

        assert in_flow(body) == "NotReady"
        assert record.task_run(one).state_name == "NotReady"

    def test_asking_for_its_value_says_why(self, runtime):
        def body():
            future = one.submit(bad.submit())
            with pytest.raises(UnfinishedRun, match="bad"):
                future.result()

        in_flow(body)

    def test_unless_that_is_allowed(self, runtime):
        assert isinstance(in_flow(lambda: one(allow_failure(bad.submit()))), ValueError)
        assert in_flow(lambda: one.submit([allow_failure(one.submit(1))]).result()) == [1]

    def test_wait_for_orders_without_passing_a_value(self, runtime):
        order = []

        @task
        def first():
            order.append("first")

        @task
        def second():
            order.append("second")

        in_flow(lambda: second(wait_for=[first.submit()]))
        assert order == ["first", "second"]

    def test_wait_for_a_failed_one(self, record):
        assert in_flow(lambda: one(wait_for=[bad.submit()], return_state=True).name) == "NotReady"
        assert in_flow(lambda: one(wait_for=[allow_failure(bad.submit())], return_state=True).name) == "Completed"

    def test_quoted_values_are_not_looked_into(self, runtime):
        def body():
            future = one.submit(1)
            return holds(quote([future]), future)

        @task
        def holds(inside, future_name):
            return type(inside[0]).__name__, future_name

        assert in_flow(body) == ("TidemillConcurrentFuture", 1)

    def test_the_graph_of_inputs_is_recorded(self, record):
        def body():
            value = one([1, 2])
            one.submit(value).wait()
            future = add.submit(1)
            add(future, 2)

        in_flow(body)
        edges = [run.task_inputs for run in record.task_runs(add) if run.task_inputs]
        (first,) = (run for run in record.task_runs(add) if not run.task_inputs)
        assert edges == [{"a": [{"input_type": "task_run", "id": first.id}]}]


class TestMap:
    def test_one_run_for_each_element(self, record):
        assert in_flow(lambda: add.map([1, 2, 3], [10, 20, 30]).result()) == [11, 22, 33]
        assert in_flow(lambda: add.map([1, 2, 3]).result()) == [11, 12, 13]
        assert in_flow(lambda: add.map(x for x in range(3)).result()) == [10, 11, 12]

    def test_what_is_unmapped_goes_to_every_call(self, runtime):
        assert in_flow(lambda: add.map([[1], [2]], unmapped([9])).result()) == [[1, 9], [2, 9]]
        assert in_flow(lambda: add.map([1, 2], 5).result()) == [6, 7]
        assert in_flow(lambda: add.map(["a", "b"], "c").result()) == ["ac", "bc"]

    def test_each_element_is_marked_as_the_whole_was(self, runtime):
        @task
        def kind(x):
            return type(x).__name__

        def body():
            failed = bad.submit()
            return kind.map(allow_failure([failed, 1])).result(), kind.map(quote([[failed], 1])).result()

        assert in_flow(body) == (["ValueError", "int"], ["list", "int"])

    def test_over_futures(self, runtime):
        def body():
            ones = one.map([1, 2, 3])
            return add.map(ones, 1).result(), add.map(one.submit([1, 2]), 1).result()

        assert in_flow(body) == ([2, 3, 4], [2, 3])

    def test_failures_stay_apart(self, runtime):
        @task
        def picky(x):
            if x == 2:
                raise ValueError(x)
            return x

        states = in_flow(lambda: [s.name for s in picky.map([1, 2, 3], return_state=True)])
        assert states == ["Completed", "Failed", "Completed"]

    def test_lengths_must_agree(self, runtime):
        with pytest.raises(MappingLengthMismatch):
            in_flow(lambda: add.map([1, 2], [1]))
        with pytest.raises(MappingMissingIterable):
            in_flow(lambda: add.map(1, 2))

    def test_keyword_arguments_are_mapped_too(self, runtime):
        @task
        def keyed(**options):
            return options

        assert in_flow(lambda: keyed.map(a=[1, 2], b=unmapped([3])).result()) == [
            {"a": 1, "b": [3]},
            {"a": 2, "b": [3]},
        ]
