"""What a call gives its caller where the flow around it is only drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tidemill.engine.context import current
from tidemill.visualization.surroundings import DrawnContext

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

    from tidemill.exceptions import VisualizationUnsupportedError
    from tidemill.visualization.tracking import DrawnCall

__all__ = ["drawn"]


def drawn(
    work: Any, args: Any, kwargs: Any, wait_for: Any, refusal: VisualizationUnsupportedError, *, return_state: bool
) -> Any:
    """Note the call; gives what stands for its value, in the way of this kind of function.

    Raises the refusal again if it was not this context's.
    """
    context = current()
    if not isinstance(context, DrawnContext):
        raise refusal
    call = context.tracker.note(work, work.signature.bind(args, kwargs), wait_for)
    if work.isgenerator and not return_state:
        return _aitems(call) if work.isasync else _items(call)
    answer = call.state if return_state else call.result()
    return _coroutine(answer) if work.isasync else answer


async def _coroutine(answer: Any) -> Any:
    return answer


def _items(call: DrawnCall) -> Generator[Any, Any, Any]:
    """What ``viz_return_value`` holds; without one, one item that stands for all."""
    value = call.result()
    yield from [value] if value is call else value
    return value


async def _aitems(call: DrawnCall) -> AsyncGenerator[Any, None]:
    for item in _items(call):
        yield item
