"""The pages that users read, taken apart: blocks of code, and what stands in backticks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.house.source import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path, *languages: str) -> list[str]:
    """The page's blocks of code in these languages."""
    return [code for language, code in _BLOCK.findall(page.read_text()) if language in languages]


def pages_with(*languages: str) -> list[Path]:
    """The pages that have such blocks."""
    return [page for page in PAGES if blocks(page, *languages)]


def lines_of_prose(page: Path) -> Iterator[str]:
    """The page without its blocks; a row of a table is one line, a paragraph too."""
    text = _BLOCK.sub("", page.read_text())
    for paragraph in re.split(r"\n\s*\n", text):
        yield from paragraph.splitlines() if paragraph.lstrip().startswith("|") else [paragraph.replace("\n", " ")]


def in_backticks(line: str) -> list[str]:
    """What a line has in backticks."""
    return re.findall(r"`([^`]+)`", line)
