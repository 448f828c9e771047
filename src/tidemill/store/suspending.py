"""Runs that somebody else wants suspended: the request, until the process that is at the run sees it.

A request is an input of the run, meant for the epoch under which it is held: who goes on with the run later does not
take it for theirs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from tidemill.domain.identity import derived_uuid, uuid_text
from tidemill.domain.pauses import ASKED_TO_LEAVE, SUSPENDED, Suspension
from tidemill.domain.runs import FlowRunInput, RunState
from tidemill.domain.states import TERMINAL_STATES, IllegalTransitionError, StateType, from_us
from tidemill.store import decisions, inputs
from tidemill.store.asking import all_rows, hold, one_row
from tidemill.store.errors import UnknownRunError
from tidemill.store.fields import bound

if TYPE_CHECKING:
    from collections.abc import Collection

    from tidemill.store.session import Session
#: Under which key of the run's inputs its request stands.
_KEY: Final = "asked-to-suspend"
_PRESENT: Final = """
SELECT flow_run.name, flow_run.root_flow_run_id, flow_run.epoch, flow_run.state_type, flow_run.state_name,
    flow_run.holder IS NOT NULL AND producer.ended_us IS NULL AND producer.lease_until_us > :now
FROM flow_run LEFT JOIN producer ON producer.id = flow_run.holder
WHERE flow_run.id = :id
"""
_ASKED: Final = """
SELECT flow_run.id, flow_run.epoch, flow_run_input.value FROM flow_run_input
JOIN flow_run ON flow_run.id = flow_run_input.flow_run_id
WHERE flow_run_input.flow_run_id IN @listed(:runs) AND flow_run_input.key = :key
"""


class _Request(msgspec.Struct):
    epoch: int
    suspension: Suspension


def asked(session: Session, flow_run_ids: Collection[str]) -> dict[str, Suspension]:
    """Which of these runs are asked to leave their processes."""
    wanted = bound(list(flow_run_ids))
    rows = all_rows(session, _ASKED, {"runs": wanted, "key": _KEY})
    requests = [(id_, epoch, msgspec.json.decode(value, type=_Request)) for id_, epoch, value in rows]
    return {id_: request.suspension for id_, epoch, request in requests if request.epoch == epoch}


def suspend(session: Session, flow_run_id: str, wanted: Suspension, now: int) -> None:
    """Ask a run to leave its process, or have it Suspended where nobody is at it."""
    hold(session, "flow_run", flow_run_id)
    row = one_row(session, _PRESENT, {"id": flow_run_id, "now": now})
    if row is None:
        raise UnknownRunError(f"no flow run has the id {flow_run_id}")
    name, root, epoch, type_name, state_name, alive = row
    kind = None if type_name is None else StateType(type_name)
    if root != flow_run_id:
        raise IllegalTransitionError(f"flow run {name!r} is part of flow run {root}: suspend that one")
    if kind in TERMINAL_STATES or kind is StateType.CANCELLING:
        raise IllegalTransitionError(f"flow run {name!r} is {state_name} already: there is nothing to suspend")
    if state_name == SUSPENDED:
        return
    if not alive:
        decisions.set_state(session, flow_run_id, _suspended(flow_run_id, wanted, now))
        return
    request = FlowRunInput(
        id=_id(flow_run_id, now),
        flow_run_id=flow_run_id,
        key=_KEY,
        value=bound(_Request(epoch, wanted)),
        created=from_us(now),
    )
    inputs.put(session, request, replace=True)


def _suspended(flow_run_id: str, wanted: Suspension, now: int) -> RunState:
    return RunState(
        id=_id(flow_run_id, now),
        type=StateType.PAUSED,
        name=SUSPENDED,
        message=ASKED_TO_LEAVE,
        timestamp=from_us(now),
        state_details=msgspec.to_builtins(wanted.details()),
    )


def _id(flow_run_id: str, now: int) -> str:
    return uuid_text(derived_uuid(b"suspend", flow_run_id.encode(), str(now).encode()))
