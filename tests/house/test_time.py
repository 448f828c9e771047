"""Only the clock asks the machine what time it is, or waits for time to pass."""

from __future__ import annotations

import ast

import pytest

from tests.house.source import MODULES, PACKAGE, imported, shown, tree

CLOCK = PACKAGE / "system" / "clock.py"
FORBIDDEN = frozenset(
    "time.time time.time_ns time.monotonic time.monotonic_ns time.perf_counter time.perf_counter_ns time.sleep"
    " time.localtime time.gmtime datetime.now datetime.utcnow datetime.today date.today datetime.datetime.now"
    " datetime.datetime.utcnow datetime.datetime.today datetime.date.today asyncio.sleep".split()
)


@pytest.mark.parametrize("path", [path for path in MODULES if path != CLOCK], ids=shown)
def test_time_comes_from_the_clock(path):
    module = tree(path)

    taken = [f"line {line}: {name}" for name, line in imported(module).items() if name in FORBIDDEN]
    taken += [
        f"line {node.lineno}: {ast.unparse(node)}"
        for node in ast.walk(module)
        if isinstance(node, ast.Attribute) and ast.unparse(node).removeprefix("_") in FORBIDDEN
    ]

    assert taken == []
