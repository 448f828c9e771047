"""Which runs take the slots of a pool and of its queues."""

from __future__ import annotations

from typing import Any, Final

from tidemill.domain.states import StateType, from_us
from tidemill.store import scheduled_runs
from tidemill.store.access.base import Access
from tidemill.store.asking import all_rows
from tidemill.wire.flow_runs import FlowRunSlotSummary

_HOLDERS: Final = f"""
SELECT flow_run.id, flow_run.name, flow_run.start_us, flow_run.state_name, flow_run.state_us, flow_run.state_type
FROM flow_run @sqlite(INDEXED BY flow_run_busy) WHERE flow_run.work_queue_id = :queue AND {scheduled_runs.BUSY}
ORDER BY flow_run.state_us, flow_run.id LIMIT :most OFFSET :offset
"""


class SlotHolders(Access):
    """Looking at slots of pools and queues."""

    def busy_by_queue(self, queue_ids: list[str]) -> dict[str, int]:
        """How many slots are taken of each queue; those of which none is are left out."""
        with self._connections.reading() as session:
            return scheduled_runs.busy_by_queue(session, queue_ids)

    def late_runs_of_queue(self, queue_id: str, now: int) -> int:
        """How many runs wait there that are marked late."""
        with self._connections.reading() as session:
            return scheduled_runs.late_in_queue(session, queue_id, now)

    def slot_holders(self, queue_id: str, *, now: int, limit: int, offset: int = 0) -> list[FlowRunSlotSummary]:
        """The runs that take slots of a queue, who has been in its state longest first."""
        with self._connections.reading() as session:
            rows = all_rows(session, _HOLDERS, {"queue": queue_id, "most": limit, "offset": offset})
        return [_summary(row, now) for row in rows]


def _summary(row: Any, now: int) -> FlowRunSlotSummary:
    id_, name, start, state_name, state_us, state_type = row
    return FlowRunSlotSummary(
        id=id_,
        name=name,
        start_time=None if start is None else from_us(start),
        state_name=state_name,
        state_type=StateType(state_type),
        state_timestamp=from_us(state_us),
        time_in_current_state=max(0, now - state_us) / 1_000_000,
    )
