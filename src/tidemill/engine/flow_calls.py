"""A call of a flow, before it runs: its parameters, its place, and the id of the run that follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tidemill.engine.calls import call_id, inputs_hash
from tidemill.engine.context import current, current_tags
from tidemill.engine.headroom import require_headroom
from tidemill.engine.runtime import Runtime, runtime

if TYPE_CHECKING:
    from tidemill.domain.runs import Claim
    from tidemill.engine.context import RunContext
    from tidemill.engine.workload import FlowWork


class FlowCall:
    """One call of a flow. ``claim`` is set where the call continues a run that exists already."""

    __slots__ = (
        "claim",
        "flow",
        "parameters",
        "parent",
        "replay_failures",
        "run_id",
        "runtime",
        "strict",
        "tags",
        "wait_for",
    )

    def __init__(
        self,
        flow: FlowWork,
        parameters: dict[str, Any],
        wait_for: Any = None,
        *,
        run_id: str | None = None,
        claim: Claim | None = None,
        replay_failures: bool = False,
    ) -> None:
        require_headroom()
        self.flow = flow
        self.parameters = parameters
        self.wait_for = wait_for
        self.parent: RunContext | None = current()
        self.runtime: Runtime = self.parent.runtime if self.parent is not None else runtime()
        self.claim = claim
        self.replay_failures = replay_failures
        self.strict = False
        self.tags = sorted(current_tags())
        if run_id is not None:
            self.run_id = run_id
        elif self.parent is None:
            self.run_id = self.runtime.new_id()
        else:
            inputs = inputs_hash(self.parent, flow.name, parameters, flow.receiver)
            self.run_id = call_id(self.parent, flow.flow_key_bytes, inputs)
