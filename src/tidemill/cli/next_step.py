"""The command to try next, from how a run stands."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING, Final

from tidemill.cli.plain_text import to_json
from tidemill.domain.states import StateType

if TYPE_CHECKING:
    from tidemill.domain.runs import FlowRun

_COMMANDS: Final = {
    StateType.COMPLETED: "inspect",
    StateType.CRASHED: "resume",
    StateType.PAUSED: "resume",
    StateType.FAILED: "retry",
    StateType.CANCELLED: "retry",
}
_FOR_ROOTS: Final = frozenset({"resume", "retry"})
_LONGEST: Final = 200  # of parameters that are worth repeating


def next_command(run: FlowRun) -> str:
    """What leads on from here. A subflow run goes on with its root; one that never began needs other parameters."""
    if run.state_type is StateType.FAILED and run.start_time is None and not run.is_subflow_run and run.entrypoint:
        return _run_anew(run, run.entrypoint)
    command = _COMMANDS.get(run.state_type or StateType.RUNNING, "watch")
    waits_within_its_process = run.state_name == "Paused"
    meant = run.root_flow_run_id if command in _FOR_ROOTS and not waits_within_its_process else run.id
    return f"tidemill flow-run {command} {meant}"


def _run_anew(run: FlowRun, entrypoint: str) -> str:
    """Trying the same run again would give it the same parameters, which were refused: one has to be another."""
    given = to_json(run.parameters)
    same = f" --params {quote(given)}" if len(given) <= _LONGEST else ""
    return f"tidemill run {quote(entrypoint)}{same} --param NAME=VALUE"
