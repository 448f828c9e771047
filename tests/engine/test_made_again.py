"""A submitted call that had completed, and whose value was not kept, is made again only if its value is needed."""

from __future__ import annotations

import asyncio

import pytest

from tests.engine.fixtures import home_in_use
from tidemill import flow, task
from tidemill.engine.continuing import continue_run
from tidemill.engine.runtime import runtime
from tidemill.futures import as_completed, wait
from tidemill.task_runners import SequentialTaskRunner, ThreadPoolTaskRunner
from tidemill.transactions import transaction

SIZE = 100_000
RUNNERS = [ThreadPoolTaskRunner, SequentialTaskRunner]


class Cut(BaseException):
    """As if the process had died here."""


@task
def loaded():
    ran.append("loaded")
    if "fails" in ran:
        raise ValueError("gone")
    return bytes(SIZE)


@task
def size(data):
    ran.append("size")
    return len(data)


@task
def half(data):
    ran.append("half")
    return len(data) // 2


@task
async def sleepless(data):
    ran.append("sleepless")
    return len(data)


ran: list[str] = []


@pytest.fixture
def resumed(tmp_path):
    """What a run gives that is cut off after ``first`` and continued with ``then``, and what ran again."""

    def resume(first, then, runner=ThreadPoolTaskRunner, *, begin=()):
        def body():
            made = first()
            if not lives:
                lives.append("cut off")
                raise Cut
            return then(made)

        lives = []
        ran.clear()
        main = flow(name="main", task_runner=runner())(body)
        with home_in_use(tmp_path / "home") as home:
            with pytest.raises(Cut):
                main()
            home.recorder.wait_applied()
            (run,) = home.store.find_flow_runs()
            ran[:] = begin
            state = continue_run(main, run, home, runtime(), retry=False, strict=True)
            home.recorder.wait_applied()
            return state, ran[len(begin) :]

    return resume


def submitted():
    data = loaded.submit()
    return data, size.submit(data).result()


@pytest.mark.parametrize("runner", RUNNERS)
def test_not_where_only_calls_that_are_finished_took_it(resumed, runner):
    state, again = resumed(submitted, lambda made: made[1], runner)

    assert (state.result(), again) == (SIZE, [])


@pytest.mark.parametrize("runner", RUNNERS)
def test_nor_where_it_is_waited_for_and_looked_at(resumed, runner):
    def looks(made):
        future = made[0]
        assert wait([future]).done == {future}
        assert list(as_completed([future])) == [future]
        return future.state.name

    assert resumed(submitted, looks, runner)[1] == []


@pytest.mark.parametrize("runner", RUNNERS)
@pytest.mark.parametrize(
    ("needs", "value", "also"),
    [
        (lambda made: len(made[0].result()), SIZE, []),
        (lambda made: len(made[0].state.result()), SIZE, []),
        (lambda made: (half.submit(made[0]).result(), half(made[0])), (SIZE // 2, SIZE // 2), ["half", "half"]),
        (lambda made: made[0], bytes(SIZE), []),
        (lambda made: sleepless.submit(made[0]).result(), SIZE, ["sleepless"]),
        (lambda made: asyncio.run(made[0].result_async())[:1], bytes(1), []),
    ],
    ids=["asked", "state asked", "taken", "returned", "taken by an async task", "awaited"],
)
def test_once_where_it_is_needed(resumed, runner, needs, value, also):
    state, again = resumed(submitted, needs, runner)

    assert state.result() == value
    assert again == ["loaded", *also]


@pytest.mark.parametrize(
    "needs",
    [lambda made: made[0].result(), lambda made: half.submit(made[0]).result(), lambda made: made[0]],
    ids=["asked", "taken", "returned"],
)
def test_its_failure_this_time_is_that_of_who_needs_it(resumed, needs):
    state, again = resumed(submitted, needs, begin=["fails"])

    assert state.is_failed()
    assert "gone" in state.message
    assert again == ["loaded"]


def test_at_once_within_a_transaction(resumed):
    def within():
        with transaction():
            return submitted()

    assert resumed(within, lambda made: made[1])[1] == ["loaded"]


def test_a_chain_of_them_is_made_as_far_as_it_is_needed(resumed):
    doubled = task(lambda data: ran.append("doubled") or data * 2, name="doubled")

    def chain():
        first = loaded.submit()
        return doubled.submit(first), size.submit(first).result()

    assert resumed(chain, lambda made: made[1])[1] == []


def test_all_of_a_chain_where_its_end_is_needed(resumed):
    doubled = task(lambda data: ran.append("doubled") or data * 2, name="doubled")

    def chain():
        made = doubled.submit(loaded.submit())
        made.wait()
        return made

    state, again = resumed(chain, lambda made: len(made.result()))

    assert (state.result(), again) == (2 * SIZE, ["loaded", "doubled"])
