"""Colours, where they are welcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tidemill.cli.preferences import preferences
from tidemill.system.colours import takes_colours

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


def wants_colour(stream: IO[str]) -> bool:
    """Whether colours are welcome there, and no setting says no."""
    if not takes_colours(stream):
        return False
    wanted = preferences()
    return wanted is None or wanted.colors


def styled(text: str, style: str, stream: IO[str]) -> str:
    """The text in that colour, if colours are welcome there."""
    return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if wants_colour(stream) else text
