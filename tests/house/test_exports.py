"""`__all__` is true; that it is sorted, the linter sees."""

from __future__ import annotations

import ast
import importlib

import pytest

from tests.house.source import MODULES, dotted, shown, tree


def exports(path) -> list[str] | None:
    """The names in the module's `__all__`, as written."""
    for node in tree(path).body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        if any(isinstance(each, ast.Name) and each.id == "__all__" for each in targets):
            return list(ast.literal_eval(node.value))
    return None


DECLARING = [path for path in MODULES if exports(path) is not None]


@pytest.mark.parametrize("path", DECLARING, ids=shown)
def test_all_says_each_name_once(path):
    written = exports(path)

    assert len(written) == len(set(written))


@pytest.mark.parametrize("path", DECLARING, ids=shown)
def test_all_is_true(path):
    module = importlib.import_module(dotted(path))

    assert [name for name in exports(path) if not hasattr(module, name)] == []
