"""The file of profiles: ``active = "name"`` and one table ``[profiles.name]`` of settings by environment name."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tidemill.settings.errors import UnreadableFile
from tidemill.settings.sources import parse_toml, read_if_there

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: Profiles that are there without a file. ``ephemeral`` says what is so anyway: runs are recorded in this home.
BUILT_IN_PROFILES: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "ephemeral": MappingProxyType({"TIDEMILL_SERVER_EPHEMERAL_ENABLED": "true"}),
        "local": MappingProxyType({"TIDEMILL_API_URL": "http://127.0.0.1:4200/api"}),
        "test": MappingProxyType(
            {
                "TIDEMILL_SERVER_EPHEMERAL_ENABLED": "true",
                "TIDEMILL_SERVER_DATABASE_CONNECTION_URL": "sqlite:///:memory:",
            }
        ),
        "cloud": MappingProxyType({}),
    }
)
BUILT_IN_ACTIVE: Final = "ephemeral"


class ProfileFile(NamedTuple):
    """What the file says."""

    active: str | None
    profiles: dict[str, dict[str, Any]]


def read_profile_file(path: Path) -> ProfileFile:
    """The profiles of the file, none when it is not there. Raises UnreadableFile."""
    data = read_if_there(path)
    if data is None:
        return ProfileFile(None, {})
    tables = parse_toml(path, data)
    active, profiles = tables.get("active"), tables.get("profiles", {})
    if active is not None and not isinstance(active, str):
        raise UnreadableFile(path, f"expected 'active' to be the name of a profile, got {active!r}")
    if not isinstance(profiles, dict):
        raise UnreadableFile(path, f"expected 'profiles' to be a table, got {profiles!r}")
    for name, settings in profiles.items():
        if not isinstance(settings, dict):
            raise UnreadableFile(path, f"expected 'profiles.{name}' to be a table, got {settings!r}")
    return ProfileFile(active, profiles)
