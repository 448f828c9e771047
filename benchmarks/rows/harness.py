"""A user's tests, each of a flow with two tasks in a harness of its own; the first, which loads things, apart."""

from __future__ import annotations

from importlib import import_module
from time import perf_counter
from typing import Any

from benchmarks.row import Figures, Metric, Row


def script(package: Any, count: int) -> Figures:
    name = package.__name__
    harness = getattr(import_module(f"{name}.testing.utilities"), f"{name}_test_harness")

    @package.task
    def add(number: int) -> int:
        return number + 1

    @package.flow
    def adds(number: int) -> int:
        return add(add(number))

    def test() -> None:
        with harness():
            if adds(1) != 3:
                raise AssertionError("the flow gave back another value than its own")

    began = perf_counter()
    test()
    first = perf_counter() - began
    began = perf_counter()
    for _ in range(count):
        test()
    return {"ms a test": 1000 * (perf_counter() - began) / count, "ms the first": 1000 * first}


ROW = Row(
    "tests in a harness of their own",
    {"ms a test": Metric("ms", budget="< 5"), "ms the first": Metric("ms"), "peak MiB": Metric("MiB")},
    inside=script,
    ours={"count": 200},
    peer={"count": 2},
)
