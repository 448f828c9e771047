"""The home that commands look into: the one that flows of this process would record in."""

from __future__ import annotations

import os
from contextlib import contextmanager
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

from tidemill.cli.errors import ExitCode, Problem
from tidemill.cli.session import current_session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidemill.api.embedded import Home


@contextmanager
def opened_home() -> Iterator[Home]:
    """The home, opened and thereby tended: runs whose process is gone are Crashed from here on."""
    from tidemill.api.embedded import Home, Recording  # noqa: PLC0415 - loads the store, which --help does without

    path = _path()
    try:
        # how long journals stay, the settings say, which are not read here: processes that record delete them
        home = Home(path, recording=Recording(keep_seconds=inf))
    except OSError as error:
        raise Problem(
            f"the home {path} cannot be used: {error.strerror or error}",
            hint="TIDEMILL_HOME=ANOTHER_FOLDER tidemill …, or make that folder usable",
            code=ExitCode.NOT_ALLOWED if isinstance(error, PermissionError) else None,
        ) from error
    try:
        yield home
    finally:
        home.close()


def _path() -> Path:
    """Where the home is. The environment is stronger than any file, so most often no settings need to be loaded.

    A profile that was named must be there all the same, though no profile says where the home is.
    """
    said = os.environ.get("TIDEMILL_HOME")
    chosen = current_session().profile
    if said and said[0] != "~" and chosen is None and not os.environ.get("TIDEMILL_PROFILE"):
        return Path(said)
    from tidemill.settings.loading import find_profile, locate  # noqa: PLC0415 - reads the files of settings

    place = locate(chosen)
    if place.chosen is not None:
        find_profile(place)
    return place.home
