"""What a docstring says about each parameter, in the three ways of writing that are usual."""

from __future__ import annotations

import inspect
import re
from typing import Final

_GOOGLE: Final = re.compile(r"^(?:Args|Arguments|Parameters):\s*$", re.MULTILINE)
_NUMPY: Final = re.compile(r"^Parameters\s*\n-{3,}\s*$", re.MULTILINE)
_SPHINX: Final = re.compile(r"^:param(?:\s+[^:]+?)?\s+\*{0,2}(\w+):[ \t]*(.*(?:\n[ \t]+.*)*)", re.MULTILINE)
_GOOGLE_ITEM: Final = re.compile(r"^\*{0,2}(\w+)\s*(?:\([^)]*(?:\([^)]*\)[^)]*)*\))?:\s*(.*)$")
_NUMPY_ITEM: Final = re.compile(r"^\*{0,2}(\w+(?:\s*,\s*\*{0,2}\w+)*)\s*(?::.*)?$")


def parameter_docstrings(docstring: str | None) -> dict[str, str]:
    """The description of each parameter that the docstring describes: Google's, NumPy's or Sphinx's way."""
    text = inspect.cleandoc(docstring or "")
    found = {name: _joined(said.splitlines()) for name, said in _SPHINX.findall(text)}
    google, numpy = _GOOGLE.search(text), _NUMPY.search(text)
    if google is not None:
        found |= _google(text[google.end() :])
    elif numpy is not None:
        found |= _numpy(text[numpy.end() :])
    return {name: said for name, said in found.items() if said}


def _google(section: str) -> dict[str, str]:
    lines = []
    for line in section.splitlines():
        if line and not line[0].isspace():
            break  # the next section
        lines.append(line)
    found: dict[str, list[str]] = {}
    said: list[str] = []
    for line in inspect.cleandoc("\n" + "\n".join(lines)).splitlines():
        item = _GOOGLE_ITEM.match(line)
        if item is not None:
            said = found.setdefault(item[1], [])
            said.append(item[2])
        else:
            said.append(line)
    return {name: _joined(words) for name, words in found.items()}


def _numpy(section: str) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    said: list[str] = []
    lines = section.strip("\n").splitlines()
    for number, line in enumerate(lines):
        if line and not line[0].isspace():
            item = _NUMPY_ITEM.match(line)
            if item is None or (number + 1 < len(lines) and lines[number + 1].startswith("---")):
                break  # the next section
            said = []
            for name in item[1].split(","):
                found[name.strip().lstrip("*")] = said
        else:
            said.append(line)
    return {name: _joined(words) for name, words in found.items()}


def _joined(lines: list[str]) -> str:
    return "\n".join(line.strip() for line in lines).strip()
