"""What keeps a test away from the user's own tidemill: a home that nobody else has, made only if something is kept."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tidemill.api.embedded import at_exit

if TYPE_CHECKING:
    from collections.abc import Iterator

_HOME: Final = "TIDEMILL_HOME"
#: What would lead out of the home again; unset while a test runs.
_ELSEWHERE: Final = (
    "TIDEMILL_API_URL",
    "TIDEMILL_API_KEY",
    "TIDEMILL_PROFILE",
    "TIDEMILL_PROFILES_PATH",
    "TIDEMILL_RESULTS_LOCAL_STORAGE_PATH",
    "TIDEMILL_API_DATABASE_CONNECTION_URL",
)
_numbers: Final = count(1)


@cache
def _base(_pid: int) -> Path:
    """The folder of this process's tests; gone when the process ends."""
    base = Path(tempfile.mkdtemp(prefix="tidemill-tests-"))
    at_exit(lambda: shutil.rmtree(base, ignore_errors=True))
    return base


@contextmanager
def away_from_home() -> Iterator[Path]:
    """Within the block, this process's home is a folder that does not exist yet; what was put there is removed."""
    home = _base(os.getpid()) / str(next(_numbers))
    before = {name: os.environ.get(name) for name in (_HOME, *_ELSEWHERE)}
    for name in _ELSEWHERE:
        os.environ.pop(name, None)
    os.environ[_HOME] = str(home)
    _forget_settings()
    try:
        yield home
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        _forget_settings()
        if home.exists():
            shutil.rmtree(home, ignore_errors=True)


def _forget_settings() -> None:
    settings = sys.modules.get("tidemill.settings.context")
    if settings is not None:  # else nobody has read any
        settings.forget_settings()
