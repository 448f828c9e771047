"""Task runs as clients make, ask for and change them over REST."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tidemill.domain.orchestration.policies import policy_for
from tidemill.store import judged_task_runs, made_task_runs
from tidemill.store.access.base import Access
from tidemill.store.asking import one_row, scalar
from tidemill.store.errors import MissingError
from tidemill.store.finding import Bindings
from tidemill.store.nouns import Wanted, conditions
from tidemill.store.picking import Listing, Order, page
from tidemill.store.task_run_answers import SELECTED, task_run
from tidemill.wire.task_runs import TaskRunSort

if TYPE_CHECKING:
    from tidemill.domain.orchestration.facts import ProposedState
    from tidemill.store.judging import Circumstances, Outcome
    from tidemill.store.made_task_runs import NewTaskRun
    from tidemill.wire.task_runs import TaskRun

ALL_TASK_RUNS: Final = Wanted()
_EXPECTED: Final = "coalesce(task_run.expected_start_us, task_run.created_us)"
_ORDERS: Final = {
    TaskRunSort.ID_DESC: Order("task_run.id DESC"),
    TaskRunSort.EXPECTED_START_TIME_ASC: Order(f"{_EXPECTED} ASC, task_run.seq ASC"),
    TaskRunSort.EXPECTED_START_TIME_DESC: Order(f"{_EXPECTED} DESC, task_run.seq DESC"),
    TaskRunSort.NAME_ASC: Order("task_run.name ASC, task_run.seq ASC", indexed=False),
    TaskRunSort.NAME_DESC: Order("task_run.name DESC, task_run.seq DESC", indexed=False),
    TaskRunSort.NEXT_SCHEDULED_START_TIME_ASC: Order(
        "task_run.next_scheduled_start_us ASC NULLS LAST, task_run.seq ASC", indexed=False
    ),
    TaskRunSort.END_TIME_DESC: Order("task_run.end_us DESC NULLS LAST, task_run.seq DESC", indexed=False),
}
_LISTING: Final = Listing("task_run", SELECTED)


class TaskRuns(Access):
    """Task runs over REST. ``now`` is until when a running run has run, in microseconds."""

    def make_task_run(self, new: NewTaskRun, proposed: ProposedState, around: Circumstances) -> tuple[TaskRun, bool]:
        """A task run in its first state, and whether it was made now: one for each flow run, task and dynamic key.

        Raises MissingError where there is no such flow run.
        """
        with self._connections.writing() as session:
            return made_task_runs.make_task_run(session, new, proposed, around)

    def propose_task_run_state(
        self, task_run_id: str, proposed: ProposedState, around: Circumstances, *, force: bool = False
    ) -> Outcome:
        """Ask the rules for a state, and do what comes of it. ``force``: ask few of them. Raises MissingError."""
        policy = policy_for("task_run", force=force, deferred=bool(proposed.details.deferred))
        with self._connections.writing() as session:
            standing = judged_task_runs.load(session, task_run_id)
            if standing is None:
                raise _missing(task_run_id)
            return judged_task_runs.propose(session, standing, proposed, policy, around)

    def get_task_run(self, task_run_id: str, now: int) -> TaskRun:
        """Raises MissingError if there is none of this id."""
        sql = f"SELECT {SELECTED} FROM task_run WHERE task_run.id = :id"
        with self._connections.reading() as session:
            row = one_row(session, sql, {"id": task_run_id})
        if row is None:
            raise _missing(task_run_id)
        return task_run(row, now)

    def list_task_runs(
        self,
        wanted: Wanted = ALL_TASK_RUNS,
        *,
        now: int,
        limit: int,
        offset: int = 0,
        sort: TaskRunSort = TaskRunSort.ID_DESC,
    ) -> list[TaskRun]:
        """Those for which all filters hold."""
        bindings = Bindings()
        where = conditions("task_run", wanted, bindings)
        with self._connections.reading() as session:
            rows = page(session, _LISTING, where, bindings, _ORDERS[sort], limit=limit, offset=offset)
            return [task_run(row, now) for row in rows]

    def count_listed_task_runs(self, wanted: Wanted = ALL_TASK_RUNS) -> int:
        """How many there are for which all filters hold."""
        bindings = Bindings()
        with self._connections.reading() as session:
            where = conditions("task_run", wanted, bindings)
            return int(scalar(session, f"@by_values(SELECT count(*) FROM task_run WHERE {where})", bindings))

    def rename_task_run(self, task_run_id: str, name: str | None) -> None:
        """Raises MissingError if there is none of this id."""
        with self._connections.writing() as session:
            given = {"id": task_run_id, "name": name}
            session.execute("UPDATE task_run SET name = coalesce(:name, name) WHERE id = :id", given)
            if not session.changes():
                raise _missing(task_run_id)

    def delete_task_run(self, task_run_id: str) -> None:
        """With its logs, and the slots that it holds. Raises MissingError."""
        with self._connections.writing() as session:
            given = {"id": task_run_id}
            session.execute("DELETE FROM concurrency_slot WHERE lease_id = :id", given)
            session.execute("DELETE FROM log WHERE task_run_id = :id", given)
            session.execute("DELETE FROM task_run WHERE id = :id", given)
            if not session.changes():
                raise _missing(task_run_id)


def _missing(task_run_id: str) -> MissingError:
    return MissingError(f"no task run has the id {task_run_id}. List them with: tidemill task-run ls")
