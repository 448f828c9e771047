"""What can be wrong with something sealed."""

from __future__ import annotations

from tidemill.exceptions import ConfigurationError, InputError, SetupError


class SealBrokenError(InputError, ValueError):
    """What is kept is not what was sealed for this place: damaged, changed, or moved from elsewhere."""


class MissingKeyError(SetupError):
    """Something was sealed with a key that is not here."""


class UnfitKeyError(ConfigurationError, ValueError):
    """What stands where a key should is not one."""
