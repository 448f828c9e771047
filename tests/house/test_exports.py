"""`__all__` is true; that it is sorted, the linter sees."""

from __future__ import annotations

import ast
import importlib
from collections import Counter

from tests.house.source import MODULES, dotted, shown, tree


def exports(path) -> list[str]:
    """The names in the module's `__all__`, as written; none where there is none."""
    for node in tree(path).body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        if any(isinstance(each, ast.Name) and each.id == "__all__" for each in targets):
            return list(ast.literal_eval(node.value))
    return []


def test_all_says_each_name_once():
    twice = [
        f"{shown(path)}: {name}" for path in MODULES for name, times in Counter(exports(path)).items() if times > 1
    ]

    assert twice == []


def test_all_is_true():
    missing = []
    for path in MODULES:
        if names := exports(path):
            module = importlib.import_module(dotted(path))
            missing += [f"{shown(path)}: {name}" for name in names if not hasattr(module, name)]

    assert missing == []
