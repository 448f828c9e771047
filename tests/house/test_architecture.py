"""What docs/architecture.md names is there: a newcomer finds every file, and every name."""

from __future__ import annotations

import re
from functools import cache

import pytest

from tests.house.doc_pages import in_backticks, lines_of_prose
from tests.house.source import MODULES, PACKAGE, ROOT, text

PAGE = ROOT / "docs" / "architecture.md"
#: They stand for any name.
FOR_EXAMPLE = frozenset({"prefect.x", "PrefectX", "TidemillX"})
FOLDERS = ("src", "tests", "docs", "compat")


@cache
def named() -> list[str]:
    """Everything in backticks, once."""
    return list(dict.fromkeys(word for line in lines_of_prose(PAGE) for word in in_backticks(line)))


def paths() -> list[str]:
    """Files and folders, as the page writes them: mostly without the rooms around them, which it names before."""
    return [word for word in named() if re.fullmatch(r"[\w.<>-]+(/[\w.<>-]*)+|\w+\.(json|md|py|sql|toml)", word)]


def names() -> list[str]:
    """Classes, functions, tables, columns, settings."""
    return [
        word for word in named() if re.fullmatch(r"@?[A-Za-z_][\w.]*", word) and word not in {*paths(), *FOR_EXAMPLE}
    ]


@cache
def tree() -> tuple[str, ...]:
    """All files and folders, folders with a stroke at the end."""
    found = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if "__pycache__" not in path.parts)
    return tuple(f"/{path.relative_to(ROOT).as_posix()}{'/' * path.is_dir()}" for path in [*found, *ROOT.iterdir()])


@cache
def words() -> frozenset[str]:
    """Every word of the package, its SQL and the project's own file."""
    texts = [text(path) for path in [*MODULES, *PACKAGE.rglob("*.sql"), ROOT / "pyproject.toml"]]
    return frozenset(word for each in texts for word in re.findall(r"\w+", each))


@pytest.mark.parametrize("path", paths())
def test_every_path_in_the_architecture_is_there(path):
    written = re.escape(path).replace("<things>", r"\w+")
    ending = rf"/{written}(-[\w-]+\.md|/)?$"  # a decision is named by its number

    assert any(re.search(ending, there) for there in tree())


@pytest.mark.parametrize("name", names())
def test_every_name_in_the_architecture_is_in_the_source(name):
    assert {part for part in re.split(r"\W", name) if part} <= words()
