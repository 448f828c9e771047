"""Whether a stream wants colours: for log lines and commands alike."""

from __future__ import annotations

import os
from typing import IO, Any, Final

_NO: Final = frozenset({"", "0"})


def takes_colours(stream: IO[Any]) -> bool:
    """NO_COLOR forbids, then CLICOLOR_FORCE and FORCE_COLOR force; else on a terminal that can, unless CLICOLOR=0."""
    said = os.environ.get
    if said("NO_COLOR"):
        return False
    if said("CLICOLOR_FORCE", "") not in _NO or said("FORCE_COLOR", "") not in _NO:
        return True
    return said("CLICOLOR") != "0" and said("TERM") != "dumb" and stream.isatty()
