"""Tasks in transactions: hooks, commits, and what is recorded when work is undone."""

from __future__ import annotations

import asyncio
import contextlib
import threading

import pytest

from tidemill import flow, task
from tidemill.engine.continuing import continue_run
from tidemill.transactions import CommitMode, IsolationLevel, atransaction, get_transaction, transaction


@pytest.fixture
def told():
    return []


@pytest.fixture
def named(told):
    """Makes tasks that tell when they run, commit and are undone."""

    def make(name, **options):
        @task(
            name=name,
            on_commit=[lambda _: told.append(f"commit {name}")],
            on_rollback=[lambda _: told.append(f"undo {name}")],
            **options,
        )
        def work(fail=False):
            told.append(name)
            if fail:
                raise ValueError(name)
            return name

        return work

    return make


def run(body):
    with contextlib.suppress(ValueError, RuntimeError):
        flow(body, name="body")()


def test_a_task_by_itself_commits_when_it_completes_and_undoes_nothing_when_it_fails(runtime, named, told):
    a, b = named("a"), named("b")

    run(lambda: (a(), b(True)))

    assert told == ["a", "commit a", "b"]


def test_tasks_in_a_transaction_commit_at_its_end(runtime, named, told, record):
    a, b = named("a"), named("b")

    def body():
        with transaction():
            a(), b()
            told.append("end")

    run(body)

    assert told == ["a", "b", "end", "commit a", "commit b"]
    assert {each.state_name for each in record.task_runs()} == {"Completed"}


def test_what_the_block_raises_undoes_its_tasks_last_first(runtime, named, told, record):
    a, b = named("a"), named("b")

    def body():
        with transaction():
            a(), b()
            raise RuntimeError

    run(body)

    assert told == ["a", "b", "undo b", "undo a"]
    assert [record.states(each) for each in record.task_runs()] == [["Running", "Completed", "RolledBack"]] * 2


def test_a_failing_task_undoes_those_before_it_at_once(runtime, named, told):
    a, b = named("a"), named("b")

    def body():
        with transaction():
            a()
            b(True, return_state=True)
            told.append("still")

    run(body)

    assert told == ["a", "b", "undo a", "still"]


def test_a_failing_task_undoes_the_tasks_in_it(runtime, named, told):
    a = named("a")

    @task(on_rollback=[lambda _: told.append("undo outer")])
    def outer():
        a()
        raise ValueError

    run(lambda: outer())

    assert told == ["a", "undo a"]


def test_a_task_that_outlives_the_failure_of_another_commits(runtime, named, told):
    a, b = named("a"), named("b")

    @task(on_commit=[lambda _: told.append("commit outer")], on_rollback=[lambda _: told.append("undo outer")])
    def outer():
        a()
        b(True, return_state=True)

    run(lambda: outer())

    assert told == ["a", "b", "undo a", "commit outer"]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (CommitMode.EAGER, ["a", "commit a", "end"]),
        (CommitMode.LAZY, ["a", "end", "commit a"]),
        (CommitMode.OFF, ["a", "end", "undo a"]),
    ],
)
def test_the_mode_says_when_tasks_commit(runtime, named, told, mode, expected):
    a = named("a")

    def body():
        with transaction(commit_mode=mode):
            a()
            told.append("end")

    run(body)

    assert told == expected


def test_a_value_is_written_with_the_commit_and_not_before(runtime, named, home):
    work = named("a", result_storage_key="kept")
    path = home.path / "storage" / "kept"
    seen = []

    def undone():
        with transaction():
            work()
            seen.append(path.exists())
            raise RuntimeError

    def done():
        with transaction():
            work()
            seen.append(path.exists())

    run(undone)
    seen.append(path.exists())
    run(done)

    assert seen == [False, False, False]
    assert path.exists()


def test_submitted_tasks_take_part(runtime, named, told):
    a = named("a")

    def body():
        with transaction():
            a.submit().wait()
            raise RuntimeError

    run(body)

    assert told == ["a", "undo a"]


def test_async_tasks_and_hooks_take_part(runtime, told):
    async def undo(txn):
        told.append(f"undo {txn.get('name')}")

    @task(on_rollback=[undo])
    async def work():
        get_transaction().set("name", "a")

    @flow
    async def body():
        async with atransaction():
            await work()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        asyncio.run(body())

    assert told == ["undo a"]


def test_a_commit_hook_that_fails_undoes_the_task_which_stays_completed(runtime, told, record):
    @task(on_rollback=[lambda _: told.append("undo")])
    def work():
        return 1

    work.on_commit(lambda _: 1 / 0)

    assert work(return_state=True).is_completed()
    assert told == ["undo"]
    assert record.states(record.task_run(work)) == ["Running", "Completed", "RolledBack"]


def test_what_was_undone_runs_again_when_the_run_is_tried_again(runtime, home, named, told, record):
    a = named("a")

    @flow
    def body():
        with transaction():
            a()
            if told == ["a"]:
                raise ValueError

    body(return_state=True)
    continue_run(body, record.flow_run(body), home, runtime, retry=True)

    assert told == ["a", "undo a", "a", "commit a"]


def test_what_had_completed_is_not_run_again_but_is_undone_with_its_transaction(runtime, home, named, told, record):
    a = named("a")

    @flow
    def body():
        with transaction() if told else contextlib.nullcontext():
            a()
            raise ValueError

    body(return_state=True)
    continue_run(body, record.flow_run(body), home, runtime, retry=True)

    assert told == ["a", "commit a", "undo a"]
    assert record.task_run(a).state_name == "RolledBack"


def test_an_isolation_that_cannot_be_had_fails_the_task(runtime, record, told):
    @task(persist_result=True)
    def work():
        told.append("work")

    @flow
    def body():
        with transaction(isolation_level=IsolationLevel.SERIALIZABLE):
            return {"work": work(return_state=True)}

    state = body()["work"]

    assert state.is_failed()
    assert "lock manager" in state.message
    assert record.states(record.task_run(work)) == ["Pending", "Failed"]
    assert told == []


def test_an_interrupt_in_a_commit_hook_undoes_the_task_which_ends_as_crashed(runtime, told, record):
    def interrupt(_):
        raise KeyboardInterrupt

    @task(on_commit=[interrupt], on_rollback=[lambda _: told.append("undo")])
    def work():
        return 1

    with pytest.raises(KeyboardInterrupt):
        flow(lambda: work(), name="body")()

    assert told == ["undo"]
    assert record.task_run(work).state_name == "Crashed"


@pytest.mark.parametrize(("fails", "end"), [(False, "commit late"), (True, "undo late")])
def test_a_submitted_task_that_ends_after_its_transaction_goes_the_same_way(runtime, told, record, fails, end):
    over = threading.Event()

    @task(on_commit=[lambda _: told.append("commit late")], on_rollback=[lambda _: told.append("undo late")])
    def late():
        assert over.wait(10)

    def body():
        try:
            with transaction():
                late.submit()
                if fails:
                    raise ValueError
        finally:
            over.set()

    run(body)

    assert told == [end]
    assert record.task_run(late).state_name == ("RolledBack" if fails else "Completed")


def test_tasks_in_a_transaction_that_opens_committed_commit_by_themselves(runtime, named, told):
    a = named("a")

    def body():
        for _ in range(2):
            with transaction(key="key") as txn:
                a()
                txn.stage(1)
                told.append("end")

    run(body)

    assert told == ["a", "end", "commit a", "a", "commit a", "end"]
