"""Where things are when nothing says otherwise."""

from __future__ import annotations

from typing import Final

from tidemill.settings.loading import default_home

DEFAULT_TIDEMILL_HOME: Final = default_home()
DEFAULT_PROFILES_PATH: Final = DEFAULT_TIDEMILL_HOME / "profiles.toml"
