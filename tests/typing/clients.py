"""A client's methods have their types in both forms, made from one declaration. Read by type checkers; never run."""

from __future__ import annotations

from typing import assert_type
from uuid import UUID

from tidemill import get_client
from tidemill.client.orchestration import SyncTidemillClient, TidemillClient
from tidemill.client.schemas.actions import VariableCreate
from tidemill.client.schemas.filters import FlowRunFilter, FlowRunFilterName
from tidemill.client.schemas.objects import FlowRun, Variable


def called(run_id: UUID) -> None:
    """For callers."""
    with get_client(sync_client=True) as client:
        assert_type(client, SyncTidemillClient)
        run = client.read_flow_run(run_id)
        assert_type(run, FlowRun)
        assert_type(run.id, UUID)
        assert_type(client.count_flow_runs(flow_run_filter=FlowRunFilter(name=FlowRunFilterName(like_="x"))), int)
        assert_type(client.read_variable_by_name("x"), Variable | None)
        assert_type(run.state is not None and run.state.is_completed(), bool)
        client.create_variable(VariableCreate(name="x", value=1))
        client.read_flow_run(3)  # type: ignore[arg-type] # ty: ignore
        client.read_flow_runs(limit="x")  # type: ignore[arg-type] # ty: ignore


async def awaited(run_id: UUID) -> None:
    """For awaiters."""
    async with get_client() as client:
        assert_type(client, TidemillClient)
        assert_type(await client.read_flow_run(run_id), FlowRun)
        assert_type(await client.read_flow_runs(limit=3), list[FlowRun])
        await client.read_flow_run(3)  # type: ignore[arg-type] # ty: ignore
