"""Where results go and how they are written when nobody said so."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from tidemill.results.kept import Keeper
from tidemill.results.secret import home_key
from tidemill.settings.context import get_current_settings

if TYPE_CHECKING:
    from pathlib import Path


def default_home() -> Path:
    """The directory of this tidemill, in which runs are recorded too: the setting ``home``."""
    return get_current_settings().home


def default_storage_path() -> Path:
    """Where result files go: the setting ``results.local_storage_path``, else ``storage`` in the home."""
    return get_current_settings().results.local_storage_path


def storage_is_chosen() -> bool:
    """Whether the settings name a folder for result files."""
    return "TIDEMILL_RESULTS_LOCAL_STORAGE_PATH" in get_current_settings().origins


def default_serializer_name() -> str:
    """How results are written: the setting ``results.default_serializer``; ``pickle`` takes most values."""
    return get_current_settings().results.default_serializer


def get_default_persist_setting() -> bool:
    """Whether results are written to files without being asked: ``results.persist_by_default``, by default no."""
    return get_current_settings().results.persist_by_default


def get_default_persist_setting_for_tasks() -> bool:
    """The same for tasks, which the setting ``tasks.default_persist_result`` may set apart."""
    said = get_current_settings().tasks.default_persist_result
    return get_default_persist_setting() if said is None else said


@lru_cache(maxsize=8)
def keeper_of(home: Path) -> Keeper:
    """What writes and reads kept results under the key of this home."""
    return Keeper(home_key(home))


@lru_cache(maxsize=8)
def key_of(home: Path) -> bytes:
    """The key of this home, read once per process."""
    return home_key(home)
