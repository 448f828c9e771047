"""The home that commands look into: where flows of this process would record, or the server they would report to."""

from __future__ import annotations

from contextlib import contextmanager
from math import inf
from typing import TYPE_CHECKING

from tidemill.cli.errors import ExitCode, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tidemill.api.embedded import Home
    from tidemill.settings import Settings


@contextmanager
def opened_home() -> Iterator[Home]:
    """The home, opened and thereby tended: runs whose process is gone are Crashed from here on.

    With an API URL it is the server's, and no database of this machine is touched.
    """
    from tidemill.settings import get_current_settings  # noqa: PLC0415 - reads files, which --help does without

    settings = get_current_settings()
    home = _local(settings.home) if settings.api.url is None else _at_server(settings, settings.api.url)
    try:
        yield home
    finally:
        home.close()


def _local(path: Path) -> Home:
    from tidemill.api.embedded import Home, Recording  # noqa: PLC0415 - loads the store, which --help does without

    try:
        # how long journals stay is for processes that record: they delete them
        return Home(path, recording=Recording(keep_seconds=inf))
    except OSError as error:
        raise Problem(
            f"the home {path} cannot be used: {error.strerror or error}",
            hint="TIDEMILL_HOME=ANOTHER_FOLDER tidemill …, or make that folder usable",
            code=ExitCode.NOT_ALLOWED if isinstance(error, PermissionError) else None,
        ) from error


def _at_server(settings: Settings, url: str) -> Home:
    from tidemill.api.embedded import Recording  # noqa: PLC0415 - as above
    from tidemill.api.remote.home import RemoteHome  # noqa: PLC0415 - brings an HTTP client
    from tidemill.api.remote.login import login_of  # noqa: PLC0415 - as above

    return RemoteHome(settings.home, url, recording=Recording(keep_seconds=inf), login=login_of(settings))
