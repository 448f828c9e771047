"""Settings: typed, immutable, from the environment, files and profiles.

    get_current_settings().results.persist_by_default
    TIDEMILL_API_URL.value()
    with temporary_settings({TIDEMILL_RESULTS_PERSIST_BY_DEFAULT: True}): ...

Every setting has its object here under each of its environment names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tidemill.settings.context import get_current_settings, temporary_settings
from tidemill.settings.model import Settings, canonical_environment_prefix
from tidemill.settings.profiles import (
    Profile,
    ProfilesCollection,
    load_current_profile,
    load_profile,
    load_profiles,
    save_profiles,
    update_current_profile,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tidemill.settings.legacy import Setting

    DEFAULT_PROFILES_PATH: Path
    TIDEMILL_API_AUTH_STRING: Setting
    TIDEMILL_API_KEY: Setting
    TIDEMILL_API_URL: Setting
    TIDEMILL_UI_URL: Setting

__all__ = [  # noqa: RUF022 - sorted as strings are, which is what a test can check
    "DEFAULT_PROFILES_PATH",
    "Profile",
    "ProfilesCollection",
    "Settings",
    "TIDEMILL_API_AUTH_STRING",
    "TIDEMILL_API_KEY",
    "TIDEMILL_API_URL",
    "TIDEMILL_UI_URL",
    "canonical_environment_prefix",
    "get_current_settings",
    "load_current_profile",
    "load_profile",
    "load_profiles",
    "save_profiles",
    "temporary_settings",
    "update_current_profile",
]


def __getattr__(name: str) -> Any:
    if name == "DEFAULT_PROFILES_PATH":
        from tidemill.settings.constants import DEFAULT_PROFILES_PATH  # noqa: PLC0415 - rarely asked for

        return DEFAULT_PROFILES_PATH
    if name.startswith("TIDEMILL_"):
        from tidemill.settings.legacy import setting_named  # noqa: PLC0415 - it would hide what the name means

        return setting_named(name)
    raise AttributeError(f"module 'tidemill.settings' has no attribute {name!r}")


def __dir__() -> list[str]:
    from tidemill.settings.registry import ALIASES, FIELDS  # noqa: PLC0415 - for those who explore

    return sorted({*__all__, *FIELDS, *ALIASES})
