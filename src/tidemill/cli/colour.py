"""Colours, where they are welcome."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from typing import IO

_CODES: Final = {
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "magenta": "35",
    "cyan": "36",
    "bold": "1",
    "dim": "2",
}
_NO: Final = {"", "0"}


def wants_colour(stream: IO[str]) -> bool:
    """NO_COLOR forbids, then CLICOLOR_FORCE forces; else on a terminal that can, unless the setting says no."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("CLICOLOR_FORCE", "") not in _NO:
        return True
    if os.environ.get("CLICOLOR") == "0" or os.environ.get("TERM") == "dumb" or not stream.isatty():
        return False
    return _setting_allows()


def styled(text: str, style: str, stream: IO[str]) -> str:
    """The text in that colour, if colours are welcome there."""
    return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if wants_colour(stream) else text


def _setting_allows() -> bool:
    from tidemill.exceptions import SetupError  # noqa: PLC0415 - only on a terminal
    from tidemill.settings import get_current_settings  # noqa: PLC0415 - only on a terminal

    try:
        return get_current_settings().cli.colors
    except SetupError:
        return True  # what is wrong with the settings is being told, or will be
