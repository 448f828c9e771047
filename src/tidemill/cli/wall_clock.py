"""This machine's time, for commands that tell how long ago something was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.cli.moments import now_from

if TYPE_CHECKING:
    from datetime import datetime


def now() -> datetime:
    """The moment."""
    from tidemill.system.clock import SystemClock  # noqa: PLC0415 - not for --help

    return now_from(SystemClock().now_us())
