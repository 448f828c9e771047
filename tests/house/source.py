"""The source tree as the house checks read it."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PACKAGE: Final = ROOT / "src" / "tidemill"
MODULES: Final = sorted(PACKAGE.rglob("*.py"))


def shown(path: Path) -> str:
    """The path as test ids write it."""
    return path.relative_to(PACKAGE).as_posix()


def dotted(path: Path) -> str:
    """The path as an import writes it."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def text(path: Path) -> str:
    """What stands in the module."""
    return path.read_text()


@cache
def tree(path: Path) -> ast.Module:
    """The module, parsed."""
    return ast.parse(text(path), str(path))


@cache
def nodes(path: Path) -> list[ast.AST]:
    """All that the module is made of."""
    return list(ast.walk(tree(path)))


@cache
def imported(path: Path) -> dict[str, int]:
    """Every module or name that is imported absolutely, with its line."""
    found: dict[str, int] = {}
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found |= {alias.name: node.lineno for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}": node.lineno for alias in node.names}
    return found
