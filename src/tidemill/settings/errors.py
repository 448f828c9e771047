"""What can be wrong with settings and profiles.

SettingsError(ValueError)
├── InvalidSettings   a value does not fit its setting      → correct it where the message says it stands
├── UnknownSetting    no setting has that name              → the message has the nearest one
├── UnknownProfile    no profile has that name              → the message has the nearest one
└── UnreadableFile    a settings file cannot be read        → repair the file, or its permissions
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.settings.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


class SettingsError(ValueError):
    """Settings or profiles are not as they must be; nothing was changed."""


class InvalidSettings(SettingsError):
    """One or more values do not fit; ``problems`` has a sentence for each."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))

    def __reduce__(self) -> tuple[type[InvalidSettings], tuple[tuple[str, ...]]]:
        return (InvalidSettings, (self.problems,))


class UnknownSetting(SettingsError, AttributeError):
    """No setting has that name."""

    def __init__(self, name: str, known: Iterable[str] = ()) -> None:
        self.unknown = name
        super().__init__(f"unknown setting {name!r}{did_you_mean(name, known)}")


class UnknownProfile(SettingsError):
    """No profile has that name."""

    def __init__(self, name: str, known: Iterable[str], where: str = "") -> None:
        self.unknown = name
        names = sorted(known)
        listed = f"; known: {', '.join(names)}" if names else ""
        super().__init__(f"profile {name!r}{where} not found{did_you_mean(name, names) or listed}")


class UnreadableFile(SettingsError):
    """A settings file is there but cannot be read or is not TOML."""

    def __init__(self, path: Path, why: str) -> None:
        self.path = path
        super().__init__(f"{path} cannot be read: {why}")


class UnknownSettingWarning(UserWarning):
    """A name that looks like a setting of ours and is none; most often a slip of the pen."""
