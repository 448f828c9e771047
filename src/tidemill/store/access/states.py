"""States by id and by run, as they are answered over REST."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tidemill.store.access.base import Access
from tidemill.store.answering import details_of, state
from tidemill.store.asking import all_rows, one_row
from tidemill.store.errors import MissingError
from tidemill.store.rows import UNLIKE, task_state_number
from tidemill.store.task_run_answers import SELECTED, past_states, task_run

if TYPE_CHECKING:
    from tidemill.store.session import Session
    from tidemill.wire.states import State

_OF_FLOW_RUN: Final = """
SELECT state.id, state.type, state.name, state.message, state.timestamp_us, state.details, state.data,
    state.flow_run_id, flow_run.parent_task_run_id
FROM flow_run_state AS state JOIN flow_run ON flow_run.id = state.flow_run_id WHERE
"""
_OF_TASK_RUN: Final = f"SELECT task_run.past_states, {SELECTED} FROM task_run WHERE"
#: A state that was told has the id of the event by which it was.
_TOLD: Final = f"{_OF_TASK_RUN} task_run.seq = (SELECT task_run FROM event WHERE workspace_id = 1 AND id = :id)"


class States(Access):
    """Reading states. Nothing here writes."""

    def flow_run_state(self, state_id: str) -> State:
        """Raises MissingError if there is none of this id."""
        with self._connections.reading() as session:
            row = one_row(session, f"{_OF_FLOW_RUN} state.id = :id", {"id": state_id})
        if row is None:
            raise MissingError(f"no flow run was in a state with the id {state_id}")
        return _of_flow_run(row)

    def states_of_flow_run(self, flow_run_id: str) -> list[State]:
        """From the first to the present one; none where there is no such run."""
        with self._connections.reading() as session:
            sql = f"{_OF_FLOW_RUN} state.flow_run_id = :id ORDER BY state.ordinal"
            return [_of_flow_run(row) for row in all_rows(session, sql, {"id": flow_run_id})]

    def task_run_state(self, state_id: str) -> State:
        """Raises MissingError if there is none of this id."""
        with self._connections.reading() as session:
            for states in _candidates(session, state_id):
                for found in states:
                    if found.id == state_id:
                        return found
        raise MissingError(f"no task run was in a state with the id {state_id}")

    def states_of_task_run(self, task_run_id: str) -> list[State]:
        """From the first to the present one; none where there is no such run."""
        with self._connections.reading() as session:
            row = one_row(session, f"{_OF_TASK_RUN} task_run.id = :id", {"id": task_run_id})
        return [] if row is None else _of_task_run(row)


def _of_flow_run(row: tuple[Any, ...]) -> State:
    id_, kind, name, message, timestamp, details, data, flow_run_id, parent = row
    return state(id_, kind, name, message, timestamp, details_of(details, flow_run_id, parent), data)


def _of_task_run(row: tuple[Any, ...]) -> list[State]:
    earlier, *columns = row
    run = task_run(tuple(columns), 0)
    present = [] if run.state is None else [run.state]
    return [*past_states(run.id, run.flow_run_id, earlier), *present]


def _candidates(session: Session, state_id: str) -> list[list[State]]:
    """The states of the runs that the id may belong to: one that told it, or those whose ids begin likewise."""
    told = all_rows(session, _TOLD, {"id": state_id})
    if told:
        return [_of_task_run(row) for row in told]
    beginning = state_id[:-UNLIKE]
    given = {"first": beginning, "last": f"{beginning}g"}
    found = all_rows(session, f"{_OF_TASK_RUN} task_run.id >= :first AND task_run.id < :last", given)
    return [_of_task_run(row) for row in found if task_state_number(row[2], state_id) is not None]
