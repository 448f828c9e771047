"""Flow runs that are made waiting for their time, many at once: those that a scheduler owes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from tidemill.domain.names import made_up_name
from tidemill.domain.states import from_us

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tidemill.store.session import Session

_RUN: Final = """
INSERT INTO flow_run (
    id, root_flow_run_id, flow_id, deployment_id, deployment_version, name, parameters, tags, labels, context,
    job_variables, work_queue_id, work_queue_name, idempotency_key, created_by, auto_scheduled,
    infrastructure_document_id, created_us, expected_start_us, updated_us, next_scheduled_start_us, next_ordinal,
    state_id, state_type, state_name, state_us)
VALUES (
    :id, :id, :flow_id, :deployment_id, :deployment_version, :name, :parameters, :tags, :labels, '{}',
    '{}', :work_queue_id, :work_queue_name, :idempotency_key, :created_by, 1,
    :infrastructure_document_id, :now, :due_us, :now, :due_us, 1, :state_id, 'SCHEDULED', 'Scheduled', :now)
ON CONFLICT DO NOTHING
"""
#: A run that was there already keeps its states.
_STATE: Final = """
INSERT INTO flow_run_state (flow_run_id, ordinal, id, type, name, message, timestamp_us, run_count, details)
SELECT flow_run.id, 0, flow_run.state_id, 'SCHEDULED', 'Scheduled', 'Flow run scheduled', flow_run.state_us, 0, :details
FROM flow_run WHERE flow_run.id = :id
"""


class ScheduledRunOwed(msgspec.Struct, frozen=True, kw_only=True):
    """A run to be made. JSON columns are text; ``due_us`` is when it is to start."""

    id: str
    state_id: str
    flow_id: str
    deployment_id: str
    idempotency_key: str
    due_us: int
    parameters: str
    tags: str
    labels: str
    created_by: str
    deployment_version: str | None = None
    work_queue_id: str | None = None
    work_queue_name: str | None = None
    infrastructure_document_id: str | None = None


def make(session: Session, runs: Iterable[ScheduledRunOwed], now: int) -> None:
    """Those whose idempotency key the flow does not know yet; who else made one of the others has made the same."""
    rows = [_row(run, now) for run in runs]
    session.executemany(_RUN, rows)
    session.executemany(_STATE, [{"id": row["id"], "details": _details(row["due_us"])} for row in rows])


def _row(run: ScheduledRunOwed, now: int) -> dict[str, Any]:
    entropy = int(run.id.replace("-", "")[-12:], 16)
    return msgspec.structs.asdict(run) | {"now": now, "name": made_up_name(entropy)}


def _details(due_us: int) -> str:
    return msgspec.json.encode({"scheduled_time": from_us(due_us)}).decode()
