"""What a server says while it runs: lines on stderr."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tidemill.settings import Settings

_LINE: Final = "%(asctime)s.%(msecs)03d | %(levelname)-7s | %(name)s - %(message)s"


def show_logs(settings: Settings) -> None:
    """Show the lines of the server, and of what it is made of, from the level that the settings have for it."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter(_LINE, "%H:%M:%S"))
    levels = {"tidemill": settings.server.logging_level, "uvicorn": level_of_connections(settings)}
    for name, level in levels.items():
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
        logger.setLevel(level)


def level_of_connections(settings: Settings) -> int:
    """From which level on the lines of what speaks HTTP are shown. Below INFO they have heads, and keys in them."""
    return max(logging.INFO, logging.getLevelNamesMapping()[settings.server.logging_level])
