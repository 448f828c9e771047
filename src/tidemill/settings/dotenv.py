"""Reading a ``.env`` file: ``NAME=value`` lines, as shells and container tools write them."""

from __future__ import annotations

import re
from typing import Final

_LINE: Final = re.compile(
    r"""^[ \t]*(?:export[ \t]+)?(?P<name>[A-Za-z_]\w*)[ \t]*=[ \t]*
    (?: '(?P<single>[^']*)' | "(?P<double>(?:\\.|[^"\\])*)" | (?P<bare>[^\r\n]*?) )
    [ \t]*(?:(?<=[\s'"])\#[^\r\n]*)?\r?$""",
    re.VERBOSE | re.MULTILINE,
)
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r"}


def parse_dotenv(text: str) -> dict[str, str]:
    """Names and values. Single quotes keep everything, double quotes know backslash escapes, nothing is expanded."""
    return {match["name"]: _value(match) for match in _LINE.finditer(text)}


def _value(match: re.Match[str]) -> str:
    if match["single"] is not None:
        return match["single"]
    if match["double"] is not None:
        return re.sub(r"\\(.)", lambda escape: _ESCAPES.get(escape[1], escape[1]), match["double"], flags=re.DOTALL)
    return match["bare"].strip()
