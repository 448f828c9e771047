"""Hooks: the user's functions that are told of a state. What they raise is logged and changes nothing."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from tidemill.engine.context import FlowRunContext
from tidemill.engine.effects import Invoke, Outcome
from tidemill.engine.tracebacks import worth_showing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tidemill.domain.states import State
    from tidemill.engine.context import RunContext
    from tidemill.engine.effects import Steps

logger = logging.getLogger("tidemill.engine")


def run_hooks(hooks: Sequence[Callable[..., Any]], work: Any, context: RunContext, state: State[Any]) -> Steps[None]:
    """Tell each hook ``(flow or task, its run, the state)``, in the order they were given."""
    run = context.flow_run if isinstance(context, FlowRunContext) else context.task_run  # type: ignore[attr-defined]
    for hook in hooks:
        name = getattr(hook, "__name__", type(hook).__name__)
        logger.debug("Running hook %r for %s", name, state.name, extra={"run_context": context})
        outcome: Outcome[Any] = yield Invoke(hook, (work, run, state))
        if outcome.raised is not None:
            logger.error(
                "Hook %r raised %r; the run stays %s.",
                name,
                outcome.raised,
                state.name,
                extra={"run_context": context},
                exc_info=worth_showing(outcome.raised),
            )
