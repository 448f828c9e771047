"""Every promise that this part makes about faults has a test that names it."""

from __future__ import annotations

import ast
import re

from tests.house.source import ROOT

#: Rows of the failure model and of the security table that the engine and the server answer for.
PROMISED = (
    "F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 F11 F12 F13 F14 F15 F16 F17 F20 F21 F22 F23 F26 S1 S3 S6 S7 S9 S12 S17 S18".split()
)
ROW = re.compile(r"(?:\b|_)([FSfs]\d+)(?=\b|_)")


def rows_named() -> set[str]:
    """The rows that tests name, in their name, their docstring or their module's."""
    named: set[str] = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        module = ast.parse(path.read_text())
        shared = set(ROW.findall(ast.get_docstring(module) or ""))
        for node in ast.walk(module):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                own = set(ROW.findall(f"{node.name} {ast.get_docstring(node) or ''}"))
                named.update(row.upper() for row in shared | own)
    return named


def test_every_promised_row_has_a_test():
    named = rows_named()

    assert [row for row in PROMISED if row not in named] == []
