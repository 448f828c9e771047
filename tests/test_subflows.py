"""A flow within a flow."""

from __future__ import annotations

import asyncio

import pytest

from tidemill import flow, task


@task
def one(x: int = 1) -> int:
    return x


class TestSubflows:
    def test_a_subflow_is_a_run_of_its_own_below_the_calling_run(self, record):
        @flow
        def child(x: int) -> int:
            return x + 1

        @flow
        def parent() -> int:
            return child(1) + child(1)

        assert parent() == 4

        children = record.flow_runs(child)
        assert len({run.id for run in children}) == 2
        assert all(run.root_flow_run_id == record.flow_run(parent).id for run in children)
        standing = record.store.read_task_run(children[0].parent_task_run_id)
        assert standing.flow_run_id == record.flow_run(parent).id
        assert standing.child_flow_run_id == children[0].id

    def test_a_failed_subflow_raises_in_its_parent(self, record):
        @flow
        def child() -> None:
            raise ValueError("child")

        @flow
        def parent() -> None:
            child()

        with pytest.raises(ValueError, match="child"):
            parent()
        assert [run.state_name for run in record.flow_runs()] == ["Failed", "Failed"]

    def test_a_subflow_has_its_own_parameters_retries_and_name(self, record):
        tries = []

        @flow(retries=1, flow_run_name="c-{x}")
        def child(x: int) -> int:
            tries.append(x)
            if len(tries) == 1:
                raise ValueError
            return x

        @flow
        def parent() -> int:
            return child("7")

        assert parent() == 7
        run = record.flow_run(child)
        assert (run.name, run.run_count) == ("c-7", 2)

    def test_sync_in_async_and_async_in_sync(self, record):
        @flow
        async def deepest() -> int:
            await asyncio.sleep(0)
            return 1

        @flow
        def middle() -> int:
            return asyncio.run(deepest()) + 1

        @flow
        async def outer() -> int:
            return await asyncio.to_thread(middle) + 1

        assert asyncio.run(outer()) == 3
        assert {run.root_flow_run_id for run in record.flow_runs()} == {record.flow_run(outer).id}

    def test_a_sync_subflow_called_directly_in_an_async_flow(self, record):
        @flow
        def inner() -> int:
            return one(4)

        @flow
        async def outer() -> int:
            return inner()

        assert asyncio.run(outer()) == 4
        assert len(record.flow_runs()) == 2

    def test_concurrent_async_subflows_keep_their_own_tasks(self, record):
        @flow
        async def child(x: int) -> int:
            await asyncio.sleep(0)
            return one(x)

        @flow
        async def parent() -> list[int]:
            return await asyncio.gather(*[child(x) for x in range(20)])

        assert asyncio.run(parent()) == list(range(20))
        owners = {run.flow_run_id for run in record.task_runs(one)}
        assert owners == {run.id for run in record.flow_runs(child)}

    def test_to_any_depth(self, record):
        @flow
        def down(n: int) -> int:
            return n if n == 0 else down(n - 1)

        assert down(15) == 0
        assert len(record.flow_runs()) == 16
