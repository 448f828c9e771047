"""Code that goes another way than the record: told in the log, and the end of a run that is continued strictly."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from tidemill.domain.states import State, StateType
from tidemill.exceptions import FailedRun

if TYPE_CHECKING:
    from tidemill.engine.context import FlowRunContext

logger = logging.getLogger("tidemill.flow_runs")

_NAMED_AT_MOST = 10


def tell_unasked(context: FlowRunContext) -> None:
    """Warn of recorded calls of a root run that its code did not make this time."""
    said = _unasked(context)
    if said is not None:
        logger.warning("%s", said, extra={"run_context": context})


def divergence(context: FlowRunContext, now_us: int) -> State[Any] | None:
    """The end of a strict continuation whose code did not make the recorded calls; ``None`` where it made them all."""
    said = _unasked(context)
    if said is None:
        return None
    message = f"{said} The run was continued strictly, so it failed."
    return State(StateType.FAILED, None, message, FailedRun(message), timestamp_us=now_us)


def _unasked(context: FlowRunContext) -> str | None:
    if context.recollection is None or context.root != context.run_id:
        return None
    unasked = context.recollection.unasked(context.run_id)
    if not unasked:
        return None
    names = ", ".join(sorted({call.label for call in unasked})[:_NAMED_AT_MOST])
    return (
        f"{len(unasked)} recorded calls of an earlier attempt were not made again ({names}): "
        "the code or what it saw has changed."
    )
