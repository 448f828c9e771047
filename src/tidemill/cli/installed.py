"""Which distributions are installed, read off the names of their folders: asking them properly costs 50 ms."""

from __future__ import annotations

import os
import re
import sys
from typing import Final

_FOLDER: Final = re.compile(r"(?P<name>.+)-(?P<version>[^-]+)\.dist-info")


def installed() -> dict[str, str]:
    """Versions by name, in the form with hyphens and lower case. What comes first on the path counts."""
    found: dict[str, str] = {}
    for place in sys.path:
        try:
            names = os.listdir(place or ".")  # noqa: PTH208 - a list of names is all we need
        except OSError:
            continue
        for match in filter(None, map(_FOLDER.fullmatch, names)):
            found.setdefault(match["name"].lower().replace("_", "-"), match["version"])
    return found
