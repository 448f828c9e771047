"""Going on with a run that exists: ``resume`` what was cut off or waits, ``retry`` what ended badly.

Both claim the run under a new epoch, under the same id, and reuse what completed. ``resume`` replays recorded failures:
the run goes on as if nothing had happened. ``retry`` is another attempt: what failed runs again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from tidemill.domain.pauses import resumption
from tidemill.domain.states import TERMINAL_STATES, StateType
from tidemill.engine.flow_calls import FlowCall
from tidemill.engine.flow_run import flow_run
from tidemill.engine.running import door, whole_state
from tidemill.exceptions import FlowPauseTimeout, MissingFlowError

if TYPE_CHECKING:
    from tidemill.api.embedded import Home
    from tidemill.domain.runs import Claim, FlowRun
    from tidemill.engine.runtime import Runtime
    from tidemill.engine.workload import FlowWork

RESUMABLE: Final = frozenset({StateType.CRASHED, StateType.PAUSED, StateType.SCHEDULED, StateType.PENDING})
RETRIABLE: Final = TERMINAL_STATES


def parameters_of(run: FlowRun, flow: FlowWork, home: Home, runtime: Runtime) -> dict[str, Any]:
    """What the run was called with: as kept, else as shown and coerced by the flow's annotations."""
    kept = home.store.kept_parameters(run.id)
    if kept is not None:
        parameters: dict[str, Any] = runtime.keeper.load(kept)
        return parameters
    return flow.validate_parameters(dict(run.parameters))


def continue_run(
    flow: FlowWork,
    run: FlowRun,
    home: Home,
    runtime: Runtime,
    *,
    retry: bool,
    parameters: dict[str, Any] | None = None,
    strict: bool = False,
) -> Any:
    """Continue a root run in this process and thread; gives its final state (an async flow: a coroutine).

    ``strict``: recorded calls that the code does not make again (it, or what it saw, has changed) fail the run; the
    setting ``resume_strictly`` asks for the same whenever a run is resumed. By default they are only logged.

    Raises ``RunHeldError`` where a live process holds the run or its state does not allow it, ``MissingFlowError``
    where the flow is not the one that the run is of, ``FlowPauseTimeout`` where its pause timed out.
    """
    if flow.name != run.flow_name:
        raise MissingFlowError(
            f"run {run.name!r} is of flow {run.flow_name!r}, but {flow.name!r} was given to go on with"
        )
    if parameters is None:
        parameters = parameters_of(run, flow, home, runtime)
    home.recorder.wait_applied()
    claim = home.store.claim_flow_run(
        run.id, home.recorder.producer, home.clock.now_us(), allow=RETRIABLE if retry else RESUMABLE
    )
    if claim.state_type is StateType.PAUSED:
        claim = _let_pass(claim, home)
    call = FlowCall(flow, parameters, run_id=run.id, claim=claim, replay_failures=not retry)
    call.tags = run.tags
    call.strict = strict or (not retry and runtime.chosen().resume_strictly)
    return door(flow, return_state=True, root=True)(flow_run(call), runtime, whole_state)


def _let_pass(claim: Claim, home: Home) -> Claim:
    """Continuing a paused run is leave for its pause to be passed, and is recorded as such."""
    present = home.store.read_flow_run(claim.flow_run_id).state
    decision = resumption(claim.name, present, held=False, now=home.clock.now_us())
    after = home.store.set_flow_run_state(claim.flow_run_id, decision, epoch=claim.epoch)
    if after.state_type is StateType.FAILED:
        raise FlowPauseTimeout(f"flow run {claim.name!r} cannot be continued: {decision.message}")
    return msgspec.structs.replace(
        claim, next_ordinal=after.next_ordinal, state_type=after.state_type, state_name=after.state_name
    )
