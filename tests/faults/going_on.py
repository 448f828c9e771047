"""What a process does that finds a run which was cut off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tidemill.api.embedded import Home
from tidemill.engine.continuing import continue_run
from tidemill.engine.opening import runtime_of
from tidemill.engine.runtime import EngineSettings, use
from tidemill.results.defaults import default_home

if TYPE_CHECKING:
    from tidemill.domain.runs import FlowRun


def go_on(flow: Any, *, retry: bool = False) -> Any:
    """Open the home, continue its only root run with this flow, and give the final state."""
    home = Home(default_home())
    runtime = runtime_of(home, EngineSettings())
    use(runtime)
    try:
        return continue_run(flow, only_root(home), home, runtime, retry=retry)
    finally:
        home.close()


def only_root(home: Home) -> FlowRun:
    """The one root run that the home has."""
    (root,) = [run for run in home.store.find_flow_runs(limit=-1) if not run.is_subflow_run]
    return root
