"""What is around the call is not as it must be: mend it, or try again later."""
# ruff: noqa: N818 - these are the contract's names

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tidemill.exceptions.base import TidemillException

if TYPE_CHECKING:
    from pydantic import ValidationError


# -- mend the configuration or the machine ----------------------------------------------------------------------------


class SetupError(TidemillException):
    """Settings, files or the machine are not as they must be; once they are mended the same call works."""


class ConfigurationError(SetupError):
    """A setting is missing or wrong."""


class RecordingError(SetupError):
    """What happens in a run cannot be written down: the disk is full, or the home cannot be used."""


class MissingProfileError(SetupError, ValueError):
    """There is no profile of that name."""


class ProfileSettingsValidationError(SetupError):
    """A profile has settings that cannot be read. ``errors`` pairs each setting with what was wrong."""

    def __init__(self, errors: list[tuple[Any, ValidationError]]) -> None:
        settings = ", ".join(str(getattr(setting, "name", setting)) for setting, _ in errors)
        super().__init__(f"Settings of the profile are not valid: {settings}")
        self.errors = errors


class BlockMissingCapabilities(SetupError):
    """A block cannot do what it is needed for."""


class ProtectedBlockError(SetupError):
    """A block that tidemill needs may not be changed or deleted."""


class GraphvizExecutableNotFoundError(SetupError):
    """The program that draws graphs, ``dot`` of Graphviz, is not installed."""


class InfrastructureError(SetupError):
    """What a run should execute on did not do its part."""


class InfrastructureNotFound(InfrastructureError):
    """What a run executes on is gone."""


class TidemillImportError(ImportError):
    """A package that an extra brings is not installed."""

    def __init__(self, message: str) -> None:
        super().__init__(message)


# -- try again later --------------------------------------------------------------------------------------------------


class TransientError(TidemillException):
    """It did not work now; the same call may work later."""


class InfrastructureNotAvailable(TransientError):
    """What a run executes on cannot be reached from here now."""


class FlowRunWaitTimeout(TransientError):
    """A flow run did not finish within the time given."""


class FlowPauseTimeout(TransientError):
    """Nobody resumed a paused flow run within the time given."""


class FlowRunWatchError(TransientError):
    """A flow run cannot be watched any more."""


class ConcurrencySlotAcquisitionError(TransientError):
    """Slots of a concurrency limit could not be had, or were lost: the message says which, and who has them."""


class AcquireConcurrencySlotTimeoutError(TransientError, TimeoutError):
    """Slots of a concurrency limit did not come free within the time given."""
