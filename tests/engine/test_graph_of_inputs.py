"""Which task runs a run's values came from, as it is recorded, where the values no longer show it."""

from __future__ import annotations

import pytest

from tidemill import allow_failure, flow, task, unmapped
from tidemill.task_runners import ProcessPoolTaskRunner, SequentialTaskRunner, ThreadPoolTaskRunner


@task
def give(value):
    return value


@task
def add(a, b=10, **more):
    return a + b


def in_flow(body, **options):
    return flow(name="around", **options)(body)()


def edges(*sources):
    return [{"input_type": "task_run", "id": source} for source in sources]


def inputs_of(record):
    return [run.task_inputs for run in record.task_runs(add)]


RUNNERS = {
    "threads": ThreadPoolTaskRunner,
    "sequential": SequentialTaskRunner,
    "processes": lambda: ProcessPoolTaskRunner(max_workers=1),
}


@pytest.fixture(params=RUNNERS)
def runner(request):
    return RUNNERS[request.param]()


@pytest.mark.parametrize("mark", [lambda source: source, allow_failure])
def test_each_mapped_run_comes_from_the_future_that_was_mapped_over(record, runner, mark):
    in_flow(lambda: add.map(mark(give.submit([1, 2])), unmapped(3)).wait(), task_runner=runner)

    (source,) = record.task_runs(give)
    assert inputs_of(record) == [{"a": edges(source.id)}] * 2


def test_a_future_passed_to_a_process_or_waited_for_there_is_an_edge_too(record, runner):
    def body():
        one = give.submit(1)
        add.submit(one, wait_for=[one]).wait()

    in_flow(body, task_runner=runner)

    (source,) = record.task_runs(give)
    assert inputs_of(record) == [{"a": edges(source.id), "wait_for": edges(source.id)}]


def test_the_list_that_a_task_gave_is_where_its_elements_come_from(record):
    in_flow(lambda: add.map(give([1, 2])).wait())

    (source,) = record.task_runs(give)
    assert inputs_of(record) == [{"a": edges(source.id)}] * 2


def test_every_parameter_has_its_own_edges_and_a_future_of_one_value_just_one(record):
    def body():
        first, second = give.submit([1, 2]), give.submit(5)
        add.map(first, second, c=first, d=unmapped(second)).wait()
        return first.task_run_id, second.task_run_id

    first, second = map(str, in_flow(body))

    for inputs in inputs_of(record):
        more = inputs.pop("more")
        assert inputs == {"a": edges(first), "b": edges(second)}
        assert sorted(edge["id"] for edge in more) == sorted([first, second])


def test_elements_that_no_task_gave_come_from_nowhere(record):
    in_flow(lambda: add.map([1, 2]).wait())

    assert inputs_of(record) == [{}, {}]
