"""Scripts that several rows share: a flow that makes many small tasks in one way or another."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any

from benchmarks.row import Figures, Metric

if TYPE_CHECKING:
    from collections.abc import Callable


def rate_of(package: Any, count: int, make: Callable[[Any, Any, int], Any]) -> Figures:
    """Tasks a second inside a flow's body, after a first flow that pays for whatever is made once."""

    @package.task
    def add(number: int) -> int:
        return number + 1

    @package.flow
    def many(size: int) -> float:
        began = perf_counter()
        values = make(package, add, size)
        seconds = perf_counter() - began
        if list(values) != list(range(1, size + 1)):
            raise AssertionError("a task gave back another value than its own")
        return seconds

    many(1)
    began = perf_counter()
    inside = many(count)
    whole = perf_counter() - began
    return {"tasks/s": count / inside, "tasks/s with the flow's ends": count / whole}


def metrics(budget: str) -> dict[str, Metric]:
    """What these rows print."""
    return {
        "tasks/s": Metric("tasks/s", "higher", budget),
        "tasks/s with the flow's ends": Metric("tasks/s", "higher"),
        "peak MiB": Metric("MiB"),
    }
