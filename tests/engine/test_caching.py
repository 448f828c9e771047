"""Which calls of a task are given the result of another, and what is said where they are not."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tidemill import flow, task
from tidemill.cache_policies import DEFAULT, INPUTS, NO_CACHE, TASK_SOURCE, CachePolicy
from tidemill.locking.memory import MemoryLockManager
from tidemill.settings import temporary_settings
from tidemill.states import StateType
from tidemill.system.clock import SystemClock
from tidemill.transactions import IsolationLevel


@pytest.fixture
def ran():
    return []


def states_of(work, *arguments):
    """The final states of these calls, made in one flow run."""

    @flow
    def calls():
        return {"states": [work(*each, return_state=True) for each in arguments]}

    return calls()["states"]


@pytest.mark.parametrize(
    ("options", "persists", "policy"),
    [
        ({}, None, DEFAULT),
        ({"persist_result": True}, True, DEFAULT),
        ({"persist_result": False}, False, NO_CACHE),
        ({"cache_policy": INPUTS}, True, INPUTS),
        ({"cache_policy": NO_CACHE}, None, NO_CACHE),
        ({"cache_policy": None}, None, None),
        ({"result_storage_key": "x"}, True, None),
        ({"result_serializer": "json"}, True, DEFAULT),
        ({"cache_policy": INPUTS, "persist_result": False}, False, NO_CACHE),
        ({"cache_policy": NO_CACHE, "result_storage_key": "a"}, True, NO_CACHE),
    ],
)
def test_options_that_need_files_ask_for_them(options, persists, policy):
    work = task(**options)(lambda x: x)

    assert (work.persist_result, work.cache_policy) == (persists, policy)


def test_equal_calls_of_one_run_share_a_result_where_results_are_written(runtime, ran):
    @task(persist_result=True)
    def double(x):
        ran.append(x)
        return 2 * x

    first, second, other = states_of(double, (1,), (1,), (2,))

    assert [each.name for each in (first, second, other)] == ["Completed", "Cached", "Completed"]
    assert second.type is StateType.COMPLETED
    assert second.result() == 2
    assert ran == [1, 2]


def test_a_hit_is_recorded_without_having_run(runtime, record):
    @task(cache_policy=INPUTS)
    def double(x):
        return 2 * x

    states_of(double, (1,), (1,))

    hit = next(run for run in record.task_runs(double) if run.state_name == "Cached")
    assert record.states(hit) == ["Pending", "Cached"]
    assert (hit.run_count, hit.total_run_time) == (0, 0.0)
    assert hit.state.state_details["cache_key"]


def test_a_hit_completes_for_its_hooks_too(runtime, ran):
    @task(cache_policy=INPUTS, on_completion=[lambda _task, _run, state: ran.append(state.name)])
    def double(x):
        return 2 * x

    states_of(double, (1,), (1,))

    assert ran == ["Completed", "Cached"]


def test_without_files_nothing_is_cached(runtime, ran):
    @task
    def double(x):
        ran.append(x)
        return 2 * x

    states_of(double, (1,), (1,))

    assert ran == [1, 1]


def test_a_key_function_reaches_across_runs(runtime, ran):
    @task(cache_key_fn=lambda context, arguments: f"{context.task.name}-{arguments['x'] % 2}")
    def parity(x):
        ran.append(x)
        return x % 2

    assert [states_of(parity, (x,))[0].name for x in (1, 3, 2)] == ["Completed", "Cached", "Completed"]
    assert ran == [1, 2]


def test_a_template_names_the_file(runtime, home):
    @task(result_storage_key="sum-{parameters[a]}-{flow_run.flow_id}")
    def add(a):
        return a

    @flow
    def calls():
        add(7)

    calls()

    assert (home.path / "storage" / f"sum-7-{calls.flow_id}").is_file()


def test_what_cannot_be_hashed_is_not_cached_and_one_line_says_why(runtime, ran, said):
    @task(cache_policy=INPUTS)
    def hold(lock):
        ran.append(1)

    lock = threading.Lock()
    assert [each.name for each in states_of(hold, (lock,), (lock,))] == ["Completed", "Completed"]
    told = [line for line in said() if "is not cached" in line]
    assert len(told) == len(ran) == 2
    assert "argument 'lock'" in told[0]


def test_failures_are_not_cached(runtime, ran):
    @task(cache_policy=INPUTS)
    def fail(x):
        ran.append(x)
        raise ValueError(x)

    @flow
    def calls():
        return [fail(1, return_state=True).name for _ in range(2)]

    assert calls() == ["Failed", "Failed"]
    assert ran == [1, 1]


def test_a_result_expires(still_runtime, clock, ran):
    @task(cache_policy=INPUTS, cache_expiration=timedelta(minutes=1))
    def look(x):
        ran.append(x)
        return x

    names = []
    for wait in (0, 59, 2):
        clock.sleep(wait)
        names.append(states_of(look, (1,))[0].name)

    assert names == ["Completed", "Cached", "Completed"]


@pytest.mark.parametrize(
    ("options", "settings", "names"),
    [
        ({"refresh_cache": True}, {}, ["Completed", "Completed"]),
        ({}, {"TIDEMILL_TASKS_REFRESH_CACHE": True}, ["Completed", "Completed"]),
        ({"refresh_cache": False}, {"TIDEMILL_TASKS_REFRESH_CACHE": True}, ["Completed", "Cached"]),
        ({}, {"TIDEMILL_TASKS_DISABLE_CACHING": True}, ["Completed", "Completed"]),
        ({}, {"TIDEMILL_TASKS_DEFAULT_NO_CACHE": True}, ["Completed", "Cached"]),
    ],
)
def test_refreshing_and_disabling(runtime, options, settings, names):
    work = task(cache_policy=INPUTS, **options)(lambda x: x)

    with temporary_settings(settings):
        assert [each.name for each in states_of(work, (1,), (1,))] == names


def test_no_cache_by_default(runtime):
    work = task(persist_result=True)(lambda x: x)

    with temporary_settings({"TIDEMILL_TASKS_DEFAULT_NO_CACHE": True}):
        assert [each.name for each in states_of(work, (1,), (1,))] == ["Completed", "Completed"]


def test_equal_calls_at_once_run_once_where_they_are_serializable(runtime, ran):
    policy = (INPUTS + TASK_SOURCE).configure(
        isolation_level=IsolationLevel.SERIALIZABLE, lock_manager=MemoryLockManager()
    )

    @task(cache_policy=policy)
    def load(x):
        ran.append(x)
        return x

    @flow
    def calls():
        return [future.result() for future in [load.submit(1) for _ in range(8)]]

    assert calls() == [1] * 8
    assert ran == [1]


def test_a_broken_record_is_made_again(runtime, home, ran, said):
    @task(result_storage_key="kept", cache_result_in_memory=False)
    def load():
        ran.append(1)
        return "value"

    states_of(load, ())
    path = home.path / "storage" / "kept"
    path.write_bytes(path.read_bytes()[:-3])

    assert states_of(load, ())[0].name == "Completed"
    assert states_of(load, ())[0].name == "Cached"
    assert len(ran) == 2
    assert any("is cut" in line for line in said())


def test_a_template_that_cannot_be_filled_is_said_and_keeps_nothing_from_running(runtime, said):
    @task(result_storage_key="{parameters[nope]}")
    def load():
        return "value"

    assert [(state.name, state.result()) for state in states_of(load, ())] == [("Completed", "value")]
    assert any("nope" in line for line in said())


def test_async_tasks_are_cached_likewise(runtime, ran):
    @task(cache_policy=INPUTS)
    async def double(x):
        ran.append(x)
        return 2 * x

    @flow
    async def calls():
        return [(await double(1, return_state=True)).name for _ in range(2)]

    assert asyncio.run(calls()) == ["Completed", "Cached"]
    assert ran == [1]


def test_by_inputs_alone_different_tasks_are_given_each_others_results(runtime):
    """As the peer does; the policy's documentation warns of it."""

    def shared(policy):
        double = task(cache_policy=policy)(lambda x: 2 * x)
        negate = task(cache_policy=policy)(lambda x: -x)

        @flow
        def both():
            return double(3), negate(3)

        return both()

    assert shared(INPUTS) == (6, 6)
    assert shared(INPUTS + TASK_SOURCE) == (6, -3)
    assert "each other's results" in type(INPUTS).__doc__


class Locks(MemoryLockManager):
    """Say that somebody has asked."""

    def __init__(self):
        super().__init__(SystemClock())
        self.asked = False

    def _take(self, key, holder, hold_timeout):
        self.asked = True
        return super()._take(key, holder, hold_timeout)


def serializable(locks):
    by_name = CachePolicy.from_cache_key_fn(lambda *_: "key")
    return by_name.configure(isolation_level=IsolationLevel.SERIALIZABLE, lock_manager=locks)


def test_async_calls_that_wait_for_a_lock_leave_its_holder_the_threads_to_end_with(runtime, ran):
    @task(cache_policy=serializable(MemoryLockManager(SystemClock())))
    async def load():
        ran.append(1)
        await asyncio.sleep(0)
        return 1

    @flow
    async def calls():
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
        return await asyncio.gather(*[load() for _ in range(3)])

    assert asyncio.run(calls()) == [1] * 3
    assert ran == [1]


def test_an_async_call_that_is_cancelled_while_it_waits_for_a_lock_does_not_get_it_later(runtime):
    locks = Locks()
    load = task(cache_policy=serializable(locks))(given)

    @flow
    async def calls():
        assert locks.acquire_lock("key", "somebody")
        locks.asked = False
        impatient = asyncio.create_task(load(1))
        while not locks.asked:
            await asyncio.sleep(0)
        impatient.cancel()
        await asyncio.wait([impatient])
        locks.release_lock("key", "somebody")

    asyncio.run(calls())

    assert not locks.is_locked("key")


async def given(x):
    return x
