"""Only the clock asks the machine what time it is, or waits for time to pass."""

from __future__ import annotations

import ast

from tests.house.source import MODULES, PACKAGE, imported, nodes, shown

CLOCK = PACKAGE / "system" / "clock.py"
FORBIDDEN = frozenset(
    "time.time time.time_ns time.monotonic time.monotonic_ns time.perf_counter time.perf_counter_ns time.sleep"
    " time.localtime time.gmtime datetime.now datetime.utcnow datetime.today date.today datetime.datetime.now"
    " datetime.datetime.utcnow datetime.datetime.today datetime.date.today asyncio.sleep".split()
)


LAST_NAMES = frozenset(name.rpartition(".")[2] for name in FORBIDDEN)


def taken_by(path) -> list[str]:
    """Where a module asks for the time itself."""
    taken = [f"{shown(path)}:{line} {name}" for name, line in imported(path).items() if name in FORBIDDEN]
    return taken + [
        f"{shown(path)}:{node.lineno} {ast.unparse(node)}"
        for node in nodes(path)
        if isinstance(node, ast.Attribute)
        and node.attr in LAST_NAMES
        and ast.unparse(node).removeprefix("_") in FORBIDDEN
    ]


def test_time_comes_from_the_clock():
    assert [one for path in MODULES if path != CLOCK for one in taken_by(path)] == []
