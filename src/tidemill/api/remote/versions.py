"""Whether a server's tidemill and this one understand each other."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from tidemill._version import __version__
from tidemill.exceptions import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger("tidemill.home")

_OFF: Final = "TIDEMILL_CLIENT_SERVER_VERSION_CHECK_ENABLED=false"


class VersionCheck:
    """Made before the first request to a server, once: by its answer this process goes on, with a warning, or not."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._made = False

    def make(self, version: Callable[[], str | None]) -> None:
        """Ask for the server's version, unless that was done; None is no answer that means anything.

        Raises ConfigurationError for another major version. While the server is away it is asked the next time.
        """
        if self._made:
            return
        theirs = version()
        self._made = True
        if theirs is None:
            return
        if _numbers(theirs)[:1] != _numbers(__version__)[:1]:
            raise ConfigurationError(
                f"the server {self._where} runs tidemill {theirs}, and this is {__version__}: their major versions "
                f"differ, so they may misunderstand each other. Install the same one in both places, or set {_OFF}"
            )
        if _numbers(theirs) < _numbers(__version__):
            logger.warning(
                "The server %s runs tidemill %s, which is older than this one (%s): upgrade the server first.",
                self._where,
                theirs,
                __version__,
            )


def _numbers(version: str) -> tuple[int, ...]:
    """The numbers that a version begins with; what stands behind them (``rc1``, ``+local``) is no reason to refuse."""
    release = version.split("+", maxsplit=1)[0].split(".")
    return tuple(int(part) for part in release if part.isdecimal())
