"""Flow runs as clients make and change them over REST."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from tidemill.domain.orchestration.policies import CORE_FLOW_POLICY, MINIMAL_FLOW_POLICY
from tidemill.store import judged_flow_runs, made_flow_runs
from tidemill.store.access.base import Access
from tidemill.store.access.flow_run_lists import no_flow_run
from tidemill.store.asking import one_row
from tidemill.store.errors import MissingError
from tidemill.store.fields import bound

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tidemill.domain.orchestration.facts import ProposedState
    from tidemill.store.judging import Circumstances, Outcome
    from tidemill.store.made_flow_runs import NewFlowRun
    from tidemill.wire.flow_runs import FlowRunResponse

#: The columns that may be changed, and whether they are JSON.
_CHANGEABLE: Final = {
    "empirical_policy": True,
    "flow_version": False,
    "infrastructure_pid": False,
    "job_variables": True,
    "name": False,
    "parameters": True,
    "tags": True,
}
_QUEUE: Final = """
SELECT work_queue.id, work_queue.name FROM work_pool JOIN work_queue ON work_queue.work_pool_id = work_pool.id
WHERE work_pool.name = :pool AND CASE WHEN :default_queue = 1 THEN work_queue.id = work_pool.default_queue_id
    ELSE work_queue.name = :queue END
"""


class FlowRunChanges(Access):
    """Making flow runs, proposing states for them, and changing what they say."""

    def make_flow_run(
        self, new: NewFlowRun, proposed: ProposedState, around: Circumstances
    ) -> tuple[FlowRunResponse, bool]:
        """A flow run in its first state, and whether it was made now: there is one for each idempotency key of a flow.

        Raises MissingError where there is no such flow.
        """
        with self._connections.writing() as session:
            labels = self._connections.foreseen.flow_labels
            return made_flow_runs.make_flow_run(session, new, proposed, around, flow_labels=labels)

    def foresee_moves(self, flow_run_ids: Sequence[str]) -> None:
        """Ask how flow runs stand that this thread's transaction is going to move, and hold those that are free."""
        if len(set(flow_run_ids)) > 1:
            with self._connections.writing() as session:
                self._connections.foreseen.standings |= judged_flow_runs.load_free(session, flow_run_ids)

    def foresee_nothing(self) -> None:
        """Something else is going to be written, and whatever was foreseen may change."""
        self._connections.foreseen.forget()

    def propose_flow_run_state(
        self, flow_run_id: str, proposed: ProposedState, around: Circumstances, *, force: bool = False
    ) -> Outcome:
        """Ask the rules for a state, and do what comes of it. ``force``: ask few of them. Raises MissingError."""
        with self._connections.writing() as session:
            standing = self._connections.foreseen.standings.pop(flow_run_id, None)
            standing = standing or judged_flow_runs.load(session, flow_run_id)
            if standing is None:
                raise no_flow_run(flow_run_id)
            policy = MINIMAL_FLOW_POLICY if force else CORE_FLOW_POLICY
            return judged_flow_runs.propose(session, standing, proposed, policy, around)

    def queue_of_pool(self, pool: str, queue: str | None) -> tuple[str, str]:
        """The id and name of a pool's queue; of its default one without a name. Raises MissingError."""
        given = {"pool": pool, "queue": queue or "", "default_queue": int(queue is None)}
        with self._connections.reading() as session:
            row = one_row(session, _QUEUE, given)
        if row is None:
            raise MissingError(
                f"no work pool '{pool}'" + (f" with a work queue '{queue}'" if queue else "") + ". List them with:"
                " tidemill work-pool ls"
            )
        return row[0], row[1]

    def update_flow_run(self, flow_run_id: str, changes: Mapping[str, Any], now: int) -> None:
        """Change what is named. Raises MissingError."""
        row = {
            name: bound(value) if _CHANGEABLE[name] and value is not None else value for name, value in changes.items()
        }
        sets = ", ".join(f"{name} = :{name}" for name in [*row, "updated_us"])
        with self._connections.writing() as session:
            session.execute(f"UPDATE flow_run SET {sets} WHERE id = :id", {**row, "updated_us": now, "id": flow_run_id})
            if not session.changes():
                raise no_flow_run(flow_run_id)

    def update_flow_run_labels(self, flow_run_id: str, labels: Mapping[str, Any], now: int) -> None:
        """Add labels, or change them. Raises MissingError."""
        with self._connections.writing() as session:
            row = one_row(session, "SELECT labels FROM flow_run WHERE id = :id @locked(flow_run)", {"id": flow_run_id})
            if row is None:
                raise no_flow_run(flow_run_id)
            session.execute(
                "UPDATE flow_run SET labels = :labels, updated_us = :now WHERE id = :id",
                {"labels": bound(msgspec.json.decode(row[0]) | dict(labels)), "now": now, "id": flow_run_id},
            )
