"""Names of runs, from templates and callables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tidemill.domain.names import clean_text, cut, filled
from tidemill.engine import context as contexts
from tidemill.engine.effects import Invoke, Outcome
from tidemill.exceptions import InvalidNameError
from tidemill.parameters.binding import signature_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidemill.engine.context import RunContext
    from tidemill.engine.effects import Steps


def name_run(chosen: str | Callable[..., Any], context: RunContext, option: str) -> Steps[Exception | None]:
    """Name the run: a template filled with the parameters, or what the callable returns.

    A callable may ask for ``parameters``. It sees the run as the current one. What goes wrong is returned.
    """
    try:
        if isinstance(chosen, str):
            context.run_name = filled(chosen, context.parameters, option)
        else:
            context.run_name = cut(clean_text((yield from _asked(chosen, context, option))))
    except Exception as error:  # noqa: BLE001 - the user's code may raise anything; it fails the run
        return error
    return None


def called(context: RunContext) -> str:
    """How a run is called in what is said about it: by its own name and that of its flow or task."""
    if isinstance(context, contexts.FlowRunContext):
        return f"Flow run {context.run_name!r} of flow {context.flow.name!r}"
    assert isinstance(context, contexts.TaskRunContext)
    return f"Task run {context.run_name!r} of task {context.task.name!r}"


def _asked(chosen: Callable[..., Any], context: RunContext, option: str) -> Steps[str]:
    wants = signature_of(chosen).names
    token = contexts.enter(context)
    try:
        outcome: Outcome[Any] = yield Invoke(chosen, (context.parameters,) if "parameters" in wants else ())
    finally:
        contexts.leave(token)
    if outcome.raised is not None:
        raise outcome.raised
    if not isinstance(outcome.value, str):
        raise InvalidNameError(f"expected the callable {option} to return a string, got {outcome.value!r}")
    return outcome.value
