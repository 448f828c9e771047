"""Where submitted tasks run."""

from __future__ import annotations

import asyncio
import pickle
import threading
from queue import SimpleQueue

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tidemill.engine.pool as pools
from tidemill import flow, task
from tidemill.engine.deadlines import plant
from tidemill.engine.pool import Job, ThreadPool
from tidemill.engine.signals import FlowStopped
from tidemill.process_runner import ProcessPoolTaskRunner
from tidemill.task_runners import ConcurrentTaskRunner, SequentialTaskRunner, ThreadPoolTaskRunner


@task
def one(x=1):
    return x


def in_flow(fn, **options):
    return flow(name="around", **options)(fn)()


def test_a_sequential_runner_runs_in_the_submitting_thread(runtime):
    @task
    def where():
        return threading.current_thread() is threading.main_thread()

    assert in_flow(lambda: where.submit().result(), task_runner=SequentialTaskRunner()) is True
    assert in_flow(lambda: where.submit().result(), task_runner=SequentialTaskRunner) is True
    assert in_flow(lambda: where.submit().result()) is False


def test_max_workers_bounds_how_many_run_at_once(runtime):
    running, most, lock = [0], [0], threading.Lock()
    turn = threading.Event()

    @task
    def counted(_):
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        turn.wait(0.005)
        with lock:
            running[0] -= 1

    in_flow(lambda: counted.map(range(30)).wait(), task_runner=ThreadPoolTaskRunner(max_workers=3))
    assert most[0] <= 3


def test_tasks_that_wait_for_each_other_all_get_a_thread(runtime):
    barrier = threading.Barrier(40)

    @task
    def meet(_):
        return barrier.wait(30)

    assert sorted(in_flow(lambda: meet.map(range(40)).result())) == list(range(40))


def test_ten_thousand_mapped_tasks_need_few_threads(runtime):
    def body():
        futures = one.map(range(10_000))
        most = threading.active_count()
        return sum(futures.result()), most

    total, threads = in_flow(body)
    assert total == sum(range(10_000))
    assert threads < 200


def test_what_was_submitted_ends_before_the_flow_does(record):
    ended = []

    @task
    def nested(n):
        if n:
            nested.submit(n - 1)
        ended.append(n)

    in_flow(lambda: nested.submit(5) and None)
    assert sorted(ended) == list(range(6))
    assert {run.state_name for run in record.task_runs()} == {"Completed"}


def test_tasks_submitted_outside_of_a_flow(record):
    assert one.submit(3).result() == 3
    assert one.map([1, 2]).result() == [1, 2]


def test_async_tasks_share_the_loop_of_their_thread(runtime):
    @task
    async def loop_of(_):
        await asyncio.sleep(0)
        return id(asyncio.get_running_loop()), threading.get_ident()

    found = in_flow(lambda: loop_of.map(range(50)).result(), task_runner=ThreadPoolTaskRunner(max_workers=2))
    by_thread: dict[int, set[int]] = {}
    for loop, thread in found:
        by_thread.setdefault(thread, set()).add(loop)
    assert all(len(loops) == 1 for loops in by_thread.values())


def test_what_an_async_task_leaves_behind_does_not_outlive_it(runtime):
    cancelled = []

    @task
    async def leaving():
        async def forever():
            try:
                await asyncio.sleep(600)
            except asyncio.CancelledError:
                cancelled.append(True)
                raise

        leaving.kept = asyncio.create_task(forever())
        await asyncio.sleep(0)

    in_flow(lambda: leaving.submit().wait())
    assert cancelled == [True]


def test_an_interrupted_flow_takes_its_submitted_tasks_along(record):
    began = threading.Event()

    @task
    def forever():
        began.set()
        while True:
            threading.Event().wait(0.005)

    def body():
        forever.submit()
        assert began.wait(30)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        in_flow(body)
    assert record.task_run(forever).state_name == "Crashed"
    assert record.flow_run().state_name == "Crashed"


def test_the_names_of_runners():
    assert ThreadPoolTaskRunner().name == "threadpool"
    assert ConcurrentTaskRunner is ThreadPoolTaskRunner
    with pytest.raises(ValueError, match="max_workers"):
        ThreadPoolTaskRunner(max_workers=0)


@given(limit=st.integers(1, 4), jobs=st.lists(st.integers(0, 3), max_size=30))
@settings(max_examples=30, deadline=None)
def test_every_job_of_a_pool_is_done_once(limit, jobs):
    """Each job puts so many more, and all are done, however few threads there may be."""
    pool, done, over = ThreadPool(limit), [], threading.Semaphore(0)

    class Putting(Job):
        def __init__(self, more, depth):
            super().__init__()
            self.more, self.depth = more, depth

        def run(self):
            done.append(1)
            for _ in range(self.more if self.depth < 2 else 0):
                pool.put(Putting(1, self.depth + 1))
            over.release()

    def size(more, depth):
        return 1 + (more if depth < 2 else 0) * (size(1, depth + 1) if depth < 2 else 0)

    total = sum(size(more, 0) for more in jobs)
    for more in jobs:
        pool.put(Putting(more, 0))
    for _ in range(total):
        assert over.acquire(timeout=30)
    pool.close()
    assert len(done) == total


def test_a_runner_of_processes_goes_to_other_processes_with_its_flow():
    runner = ProcessPoolTaskRunner(max_workers=2, initializer=print, initargs=("ready",))

    sent = pickle.loads(pickle.dumps(runner))

    assert vars(sent).keys() == vars(runner).keys()
    assert (sent._max_workers, sent._initializer, sent._initargs) == (2, print, ("ready",))


def test_no_thread_outlives_a_closed_pool_for_long(monkeypatch):
    """Not even one that had not begun when the pool was closed; one that idles would stay for an hour here."""
    monkeypatch.setattr(pools, "_IDLE_SECONDS", 3600)

    class Nothing(Job):
        def run(self):
            pass

    for _ in range(30):
        pool = ThreadPool(name="short-lived")
        for _ in range(4):
            pool.put(Nothing())
        pool.close()

    mine = [thread for thread in threading.enumerate() if thread.name.startswith("short-lived")]
    for thread in mine:
        thread.join(60)
    assert not any(thread.is_alive() for thread in mine)


def test_an_interruption_that_comes_between_two_jobs_leaves_nothing_undone():
    """The thread it hit ends; another does what it would have done."""
    pool, done = ThreadPool(), SimpleQueue[str]()

    class Planting(Job):
        def run(self):
            done.put("planted")
            plant(threading.get_ident(), FlowStopped)

    class Plain(Job):
        def run(self):
            done.put("plain")

    for _ in range(20):
        pool.put(Planting())
        pool.put(Plain())
        assert {done.get(timeout=30), done.get(timeout=30)} == {"planted", "plain"}
    pool.close()
