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
    for name in ("tidemill", "uvicorn"):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
        logger.setLevel(settings.server.logging_level)
