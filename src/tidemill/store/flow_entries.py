"""Flow runs: from a batch's entries to rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from tidemill.domain.entries import FlowRunCreated, FlowRunStateSet
from tidemill.domain.states import StateType
from tidemill.store.asking import all_rows
from tidemill.store.fields import array, bound, columns
from tidemill.store.transitions import IllegalStep, Progress, load_progress, save_progress

if TYPE_CHECKING:
    from tidemill.store.session import Session

_c: Final = columns(FlowRunCreated)

_FLOWS: Final = f"""
INSERT INTO flow (id, name, created_us)
SELECT {_c["flow_id"]}, {_c["flow_name"]}, min({_c["created_us"]}) FROM @each(:created, step) GROUP BY 1, 2
ON CONFLICT DO NOTHING
"""
_FLOW_RUNS: Final = f"""
INSERT INTO flow_run (
    id, root_flow_run_id, epoch, holder, flow_id, flow_version, deployment_id, parent_task_run_id, name, parameters,
    tags, labels, empirical_policy, entrypoint, on_lease_lost, created_us, expected_start_us, updated_us,
    kept_parameters)
SELECT {_c["id"]}, {_c["root"]},
    CASE {_c["root"]} WHEN {_c["id"]} THEN coalesce(@get(:roots, {_c["root"]}, int), 0) ELSE 0 END, :producer,
    (SELECT id FROM flow WHERE workspace_id = 1 AND name = {_c["flow_name"]}),
    {_c["flow_version"]}, {_c["deployment_id"]}, {_c["parent_task_run_id"]}, {_c["name"]},
    coalesce({_c["parameters"]}, '{{}}'), {_c["tags"]}, coalesce({_c["labels"]}, '{{}}'),
    coalesce({_c["empirical_policy"]}, '{{}}'), {_c["entrypoint"]}, {_c["on_lease_lost"]}, {_c["created_us"]},
    coalesce({_c["expected_start_us"]}, {_c["created_us"]}), {_c["created_us"]}, {_c["kept_parameters"]}
FROM @each(:created, step) WHERE true
ON CONFLICT (id) DO UPDATE SET holder = excluded.holder
"""
#: Which of the states told are in a run's past; the present one is known without asking.
_TAKEN: Final = """
SELECT flow_run_id, id FROM flow_run_state
WHERE (flow_run_id, id) IN @pairs(?)
"""
_decode_state: Final = msgspec.json.Decoder(FlowRunStateSet).decode


def apply_created(session: Session, producer: str, roots: str, entries: list[bytes]) -> None:
    """Make the flow runs that do not exist yet, and their flows; the others get a new holder and nothing else."""
    once = {entry.split(b'"', 4)[3]: entry for entry in reversed(entries)}  # ["root","id",…
    given = {"created": array(list(once.values())[::-1]), "producer": producer, "roots": roots}
    session.execute(_FLOWS, given)
    session.execute(_FLOW_RUNS, given)


_ENDS: Final = frozenset({"COMPLETED", "FAILED"})


def _heeding(run: Progress, step: FlowRunStateSet) -> FlowRunStateSet:
    """A run that was asked to end, and ended by itself before it saw that: the request came first."""
    if run.state_type is not StateType.CANCELLING or not (step.type in _ENDS or step.name == "Suspended"):
        return step
    message = f"The run was {step.name} in its process when the request to cancel it reached that."
    return msgspec.structs.replace(step, type="CANCELLED", name="Cancelled", message=message, details=None, result=None)


def apply_states(session: Session, producer: str, entries: list[tuple[int, bytes]]) -> list[tuple[int, str]]:
    """Move flow runs along, each by the table of transitions. Returns the places of the entries it refused, and why.

    Another attempt at a run that is over is begun by who holds it. What somebody else ended is held by nobody, until it
    is claimed again: a report that was under way when it ended does not bring it back.
    """
    steps = [(place, _decode_state(entry)) for place, entry in entries]
    progress = load_progress(session, {step.flow_run_id for _, step in steps})
    told = [(step.flow_run_id, step.state_id) for _, step in steps]
    taken = set(all_rows(session, _TAKEN, (bound(told),)))
    refused: list[tuple[int, str]] = []
    for place, step in steps:
        run: Progress | None = progress.get(step.flow_run_id)
        if run is None:
            refused.append((place, f"flow run {step.flow_run_id} is not there"))
            continue
        if (run.id, step.state_id) in taken and step.state_id != run.state_id:
            refused.append((place, f"flow run {run.id} was in state {step.state_id} before"))
            continue
        try:
            run.take(_heeding(run, step), new_attempt=run.holder == producer)
        except IllegalStep as error:
            refused.append((place, str(error)))
    save_progress(session, progress.values())
    return refused
