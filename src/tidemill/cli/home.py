"""The home that commands look into: the one that flows of this process would record in."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidemill.api.embedded import Home


@contextmanager
def opened_home() -> Iterator[Home]:
    """The home, opened and thereby tended: runs whose process is gone are Crashed from here on."""
    from tidemill.api.embedded import Home  # noqa: PLC0415 - loads the store, which --help does without

    home = Home(_path())
    try:
        yield home
    finally:
        home.close()


def _path() -> Path:
    """Where the home is. The environment is stronger than any file, so most often no settings need to be loaded."""
    said = os.environ.get("TIDEMILL_HOME")
    if said:
        return Path(said).expanduser()
    from tidemill.settings.loading import locate  # noqa: PLC0415 - reads the files of settings

    return locate().home
