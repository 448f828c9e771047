"""The errors that tidemill raises, by what a caller can do about them.

TidemillException
├── ConfigurationError   fix the set-up
├── HashError            an input has no content to be told apart by
├── MissingResult        the value was not kept, or its record has expired
└── SerializationError   a value cannot be written or read
    └── UntrustedResult  what was read is damaged, or was not written with this home's key
"""

from __future__ import annotations


class TidemillException(Exception):  # noqa: N818 - the field's name for it
    """What every error of tidemill is."""


class ConfigurationError(TidemillException):
    """The set-up cannot do what was asked of it."""


class HashError(TidemillException):
    """A value has no content hash. The message names the argument and the attribute that stand in the way."""


class MissingResult(TidemillException):
    """There is no value to give: it was not kept, or what was kept has expired."""


class SerializationError(TidemillException):
    """A value cannot be written, or what was written cannot be read. The message names the object and the attribute."""


class UntrustedResult(SerializationError):  # noqa: N818 - like MissingResult
    """A record is damaged, stands under another name, or carries no valid mark of this home. Nothing was unpickled."""
