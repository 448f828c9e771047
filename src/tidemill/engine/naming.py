"""Names of runs, from templates and callables."""

from __future__ import annotations

import inspect
import logging
from typing import TYPE_CHECKING, Any

from tidemill.domain.names import clean_text
from tidemill.engine import context as contexts
from tidemill.engine.effects import Invoke, Outcome
from tidemill.exceptions import InvalidNameError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidemill.engine.context import RunContext
    from tidemill.engine.effects import Steps

logger = logging.getLogger("tidemill.engine")


def run_name(chosen: str | Callable[..., Any], context: RunContext, option: str) -> Steps[str]:
    """The run's name: a template filled with the parameters, or what the callable returns.

    A callable may ask for ``parameters``. It sees the run as the current one.
    """
    if isinstance(chosen, str):
        try:
            return clean_text(chosen.format(**context.parameters))
        except (KeyError, IndexError, AttributeError, ValueError) as error:
            known = ", ".join(context.parameters) or "none"
            raise InvalidNameError(
                f"{option} {chosen!r} cannot be filled in: {error!r}. Parameters of this run: {known}."
            ) from error
    wants = inspect.signature(chosen).parameters
    token = contexts.enter(context)
    try:
        outcome: Outcome[Any] = yield Invoke(chosen, (context.parameters,) if "parameters" in wants else ())
    finally:
        contexts.leave(token)
    if outcome.raised is not None:
        raise outcome.raised
    if not isinstance(outcome.value, str):
        raise InvalidNameError(f"expected the callable {option} to return a string, got {outcome.value!r}")
    return clean_text(outcome.value)


def task_run_name(chosen: str | Callable[..., Any], context: RunContext) -> Steps[str]:
    """The name of a task run."""
    return run_name(chosen, context, "task_run_name")
