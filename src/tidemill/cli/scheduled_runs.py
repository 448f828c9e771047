"""Runs that wait in pools and queues, as ``preview`` and ``read-runs`` list them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tidemill.api.operations import flow_runs as operations
from tidemill.cli.api_rows import row_of
from tidemill.cli.moments import ago
from tidemill.cli.output import Column, Output, shortened
from tidemill.cli.run_rows import style_of
from tidemill.cli.wall_clock import now

if TYPE_CHECKING:
    from tidemill.api.client.client import Client


def show_scheduled(
    api: Client, output: Output, *, pool: str | None = None, queue: str | None = None, hours: int | None = None
) -> None:
    """The runs that are scheduled there, the next first; those of the next ``hours`` if that is said."""
    moment = now()
    runs: dict[str, Any] = {"state": {"type": {"any_": ["SCHEDULED"]}}}
    if hours is not None:
        runs["expected_start_time"] = {"before_": (moment + timedelta(hours=hours)).isoformat()}
    body: dict[str, Any] = {"flow_runs": runs, "sort": "EXPECTED_START_TIME_ASC"}
    if pool is not None:
        body["work_pools"] = {"name": {"any_": [pool]}}
    if queue is not None:
        body["work_pool_queues"] = {"name": {"any_": [queue]}}
    rows = [row_of(run) for run in api.pages(operations.READ_FLOW_RUNS, limit=200, body=body)]
    columns = [
        Column("id", title="ID", show=shortened(row["id"] for row in rows)) if output.for_people else Column("id"),
        Column("name"),
        Column("state_name", title="State", style=style_of),
        Column("expected_start_time", title="When", show=lambda value: ago(value, moment)),
        Column("work_queue_name", title="Queue"),
        Column("deployment_id", wide=True),
    ]
    output.rows(rows, columns, key="id", empty="No runs are scheduled there.")


def show_slots(status: Any, output: Output) -> None:
    """Who has the slots of a pool or a queue."""
    output.item(row_of(status), key="active_slots")
