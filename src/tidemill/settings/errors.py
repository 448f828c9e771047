"""What can be wrong with settings and profiles.

ConfigurationError
├── InvalidSettings   a value does not fit its setting      → correct it where the message says it stands
├── UnknownSetting    no setting has that name              → the message has the nearest one
└── UnreadableFile    a settings file cannot be read        → repair the file, or its permissions
MissingProfileError
└── UnknownProfile    no profile has that name              → the message has the nearest one
"""
# ruff: noqa: N818 - named for what is wrong, as in tidemill.exceptions

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.exceptions import ConfigurationError, MissingProfileError
from tidemill.suggestions import did_you_mean, one_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


class InvalidSettings(ConfigurationError, ValueError):
    """One or more values do not fit; ``problems`` has a sentence for each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class UnknownSetting(ConfigurationError, AttributeError):
    """No setting has that name."""

    def __init__(self, name: str, nearest: str | None = None) -> None:
        super().__init__(f"unknown setting {name!r}{f', did you mean {nearest!r}?' if nearest else ''}")
        self.unknown = name


class UnknownProfile(MissingProfileError):
    """No profile has that name."""

    def __init__(self, name: str, known: Iterable[str], where: str = "") -> None:
        names = sorted(known)
        super().__init__(f"profile {name!r}{where} not found{did_you_mean(name, names) or '; known: ' + one_of(names)}")
        self.unknown = name


class UnreadableFile(ConfigurationError):
    """A settings file is there but cannot be read, or is not what it should be."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} cannot be read: {why}")
        self.path = path


class UnknownSettingWarning(UserWarning):
    """A name that looks like a setting of ours and is none; most often a slip of the pen."""
