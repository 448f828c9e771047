"""Sync and async transactions are alike."""

from __future__ import annotations

import asyncio

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import FULL
from tests.transactions.diary import Diary
from tidemill.filesystems import LocalFileSystem
from tidemill.results import ResultStore, result_context
from tidemill.transactions import (
    AsyncTransaction,
    CommitMode,
    atransaction,
    get_transaction,
    transaction,
)


def test_hooks_may_be_async_in_both_worlds(diary):
    async def hook(txn):
        await asyncio.sleep(0)
        diary.append("async")

    async def scene():
        async with atransaction() as txn:
            txn.stage(1, [], [hook, diary.hook("sync")])
        with transaction() as inner:
            inner.stage(1, [], [hook])

    with transaction() as txn:
        txn.stage(1, [], [hook])
    asyncio.run(scene())

    assert diary == ["async", "async", "sync", "async"]


def test_async_steps_can_be_taken_by_hand(store):
    async def scene():
        async with AsyncTransaction(key="a", store=store, commit_mode=CommitMode.OFF) as txn:
            txn.stage(1)
            assert await txn.commit()
            assert (await txn.read()).result == 1
        async with AsyncTransaction(key="b", store=store) as txn:
            txn.stage(1)
            assert await txn.rollback()

    asyncio.run(scene())


def test_tasks_of_one_loop_have_transactions_of_their_own():
    async def one(key):
        async with atransaction(key=key) as txn:
            await asyncio.sleep(0)
            assert get_transaction() is txn
            txn.stage(key)

    async def scene():
        await asyncio.gather(*map(one, "abc"))

    asyncio.run(scene())


def tree(depth=3):
    leaf = st.tuples(
        st.sampled_from([None, *CommitMode]), st.sampled_from(["", "before", "commit", "rollback", "after"])
    )
    return st.recursive(
        leaf.map(lambda said: (*said, [])),
        lambda inner: st.tuples(leaf, st.lists(inner, max_size=3)).map(lambda pair: (*pair[0], pair[1])),
        max_leaves=6,
    )


def hooks(diary, name, trouble):
    return [diary.hook("r"), (diary.failing if trouble == "rollback" else diary.hook)("r!")], [
        (diary.failing if trouble == "commit" else diary.hook)("c")
    ]


def perform(diary, node, name="0"):
    mode, trouble, children = node
    with transaction(key=name, commit_mode=mode) as txn:
        if trouble == "before":
            raise ValueError(name)
        txn.stage(name, *hooks(diary, name, trouble))
        for index, child in enumerate(children):
            perform(diary, child, f"{name}{index}")
        if trouble == "after":
            raise ValueError(name)
    diary.append(f"{name}={txn.state}")


async def aperform(diary, node, name="0"):
    mode, trouble, children = node
    async with atransaction(key=name, commit_mode=mode) as txn:
        if trouble == "before":
            raise ValueError(name)
        txn.stage(name, *hooks(diary, name, trouble))
        for index, child in enumerate(children):
            await aperform(diary, child, f"{name}{index}")
        if trouble == "after":
            raise ValueError(name)
    diary.append(f"{name}={txn.state}")


@settings(max_examples=60 if FULL else 25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(tree())
def test_sync_and_async_do_the_same(tmp_path_factory, node):
    told = []
    for kind in (perform, aperform):
        diary = Diary()
        folder = tmp_path_factory.mktemp("storage")
        with result_context(ResultStore(result_storage=LocalFileSystem(folder), key=b"k" * 32)):
            try:
                outcome = kind(diary, node)
                if outcome is not None:
                    asyncio.run(outcome)
            except ValueError as error:
                diary.append(repr(error))
        told.append((list(diary), sorted(path.name for path in folder.iterdir())))

    assert told[0] == told[1]
    committed = {line.split(".")[0] for line in told[0][0] if line.endswith(".c")}
    assert set(told[0][1]) <= committed
