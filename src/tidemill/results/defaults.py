"""Where results go and how they are written when nobody said so: the one place that asks the environment."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Final

from tidemill.results.kept import Keeper
from tidemill.results.secret import home_key

_TRUE: Final = frozenset({"1", "true", "t", "yes", "y", "on"})


def default_home() -> Path:
    """The directory of this tidemill: ``TIDEMILL_HOME``, else ``~/.tidemill``."""
    return Path(os.environ.get("TIDEMILL_HOME") or "~/.tidemill").expanduser()


def default_storage_path() -> Path:
    """Where result files go: ``TIDEMILL_RESULTS_LOCAL_STORAGE_PATH``, else ``storage`` in the home."""
    said = os.environ.get("TIDEMILL_RESULTS_LOCAL_STORAGE_PATH")
    return Path(said).expanduser() if said else default_home() / "storage"


def default_serializer_name() -> str:
    """How results are written: ``TIDEMILL_RESULTS_DEFAULT_SERIALIZER``, else ``pickle``, which takes most values."""
    return os.environ.get("TIDEMILL_RESULTS_DEFAULT_SERIALIZER") or "pickle"


def get_default_persist_setting() -> bool:
    """Whether results are written to files without being asked: ``TIDEMILL_RESULTS_PERSIST_BY_DEFAULT``, else no."""
    return os.environ.get("TIDEMILL_RESULTS_PERSIST_BY_DEFAULT", "").lower() in _TRUE


def get_default_persist_setting_for_tasks() -> bool:
    """The same for tasks, which ``TIDEMILL_TASKS_DEFAULT_PERSIST_RESULT`` may set apart."""
    said = os.environ.get("TIDEMILL_TASKS_DEFAULT_PERSIST_RESULT")
    return said.lower() in _TRUE if said else get_default_persist_setting()


def default_keeper() -> Keeper:
    """What writes and reads kept results under the key of the default home."""
    return keeper_of(default_home())


@lru_cache(maxsize=8)
def keeper_of(home: Path) -> Keeper:
    """What writes and reads kept results under the key of this home."""
    return Keeper(home_key(home))


@lru_cache(maxsize=8)
def key_of(home: Path) -> bytes:
    """The key of this home, read once per process."""
    return home_key(home)
