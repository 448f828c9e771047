"""Every error tidemill raises, in one tree. The class below the root says what the reader can do about it.

::

    TidemillException
    ├── InputError               pass something else
    │   ├── OptionError              (ValueError, TypeError)   an option of a decorator or call
    │   ├── ParameterBindError       (TypeError)               arguments do not fit the signature
    │   ├── ParameterTypeError                                 a value does not fit its annotation
    │   ├── ReservedArgumentError    (TypeError)
    │   ├── SignatureMismatchError   (TypeError)
    │   ├── InvalidNameError         (ValueError)
    │   ├── InvalidRepositoryURLError
    │   ├── MappingLengthMismatch
    │   ├── MappingMissingIterable
    │   ├── EntrypointError                                    no such file or module, or nothing of that name in it
    │   │   ├── MissingFlowError
    │   │   └── UnspecifiedFlowError
    │   ├── ScriptError                                        the user's file failed while it was imported
    │   ├── SerializationError
    │   │   └── UntrustedResult                                bytes that were not written with this home's key
    │   ├── HashError
    │   ├── EventTooLarge
    │   ├── ObjectNotFound
    │   ├── ObjectAlreadyExists
    │   ├── ObjectLimitReached
    │   ├── ObjectUnsupported
    │   ├── NotPausedError
    │   ├── FlowVisualizationError                             a flow could not be drawn
    │   │   └── VisualizationUnsupportedError                  it needs a real run where it is only drawn
    │   └── MissingContextError      (RuntimeError)            called outside the run it belongs to
    ├── SetupError               mend the configuration or the machine
    │   ├── ConfigurationError
    │   ├── RecordingError                                     the disk is full, or the home cannot be used
    │   ├── MissingProfileError      (ValueError)
    │   ├── ProfileSettingsValidationError
    │   ├── BlockMissingCapabilities
    │   ├── ProtectedBlockError
    │   ├── GraphvizExecutableNotFoundError                    the program that draws graphs is not installed
    │   └── InfrastructureError
    │       └── InfrastructureNotFound
    ├── TransientError           try again later
    │   ├── InfrastructureNotAvailable
    │   ├── FlowRunWaitTimeout
    │   ├── FlowPauseTimeout
    │   ├── FlowRunWatchError
    │   ├── ConcurrencySlotAcquisitionError                    slots of a concurrency limit could not be had, or kept
    │   └── AcquireConcurrencySlotTimeoutError (TimeoutError)
    ├── RunNotCompleted          look at the run: it has no value to give
    │   ├── FailedRun
    │   ├── CrashedRun
    │   ├── CancelledRun
    │   ├── PausedRun
    │   ├── UnfinishedRun
    │   ├── MissingResult
    │   └── UpstreamTaskError
    └── InternalError            report a bug of tidemill's

    TidemillImportError (ImportError)                          a package that an extra brings is missing

    TidemillSignal (BaseException)                             steers a run; ``except Exception`` lets it pass
    ├── Abort
    └── Pause
    ExternalSignal (BaseException)                             the operating system wants the process to end
    └── TerminationSignal

A message says what happened, to which thing, and what to do next; it ends without a full stop when it is one sentence.
"""
# ruff: noqa: N818 - these are the contract's names

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pydantic import ValidationError

    from tidemill.domain.states import State


def _rebuilt(cls: type[BaseException], args: tuple[Any, ...]) -> BaseException:
    error = cls.__new__(cls, *args)
    error.args = args
    return error


class TidemillException(Exception):
    """Anything that tidemill raises on its own account. Pickles whatever arguments a subclass's constructor takes."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (type(self), self.args), self.__dict__ or None


# -- pass something else ----------------------------------------------------------------------------------------------


class InputError(TidemillException):
    """What was passed cannot be used; the same call will fail again."""


class OptionError(InputError, ValueError, TypeError):
    """An option of a decorator or call has a value it cannot have.

    It is a ValueError and a TypeError, so that code written against either keeps working.
    """

    @classmethod
    def expected(cls, option: str, wanted: str, got: object) -> Self:
        """``expected 'retries' to be a whole number ≥ 0, got -1``."""
        return cls(f"expected {option!r} to be {wanted}, got {_short(got)}")


def _short(value: object, limit: int = 120) -> str:
    """The value as it would be written, cut when it is long; a repr that fails does not hide the error."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - a user's __repr__ may do anything
        text = f"<{type(value).__name__} object>"
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


class ParameterBindError(TypeError, InputError):
    """Arguments do not fit the signature of the flow or task they were passed to."""

    def __init__(self, msg: str) -> None:
        super().__init__(msg)

    @classmethod
    def from_bind_failure(
        cls, fn: Callable[..., Any], exc: TypeError, call_args: tuple[Any, ...], call_kwargs: dict[str, Any]
    ) -> Self:
        """From the TypeError that ``inspect.Signature.bind`` raised."""
        import inspect  # noqa: PLC0415 - only failures need it

        name = getattr(fn, "__name__", repr(fn))
        passed = [_short(arg, 40) for arg in call_args]
        passed += [f"{key}={_short(value, 40)}" for key, value in call_kwargs.items()]
        return cls(f"Cannot call {name}{inspect.signature(fn)} with ({', '.join(passed)}): {exc}")


class ParameterTypeError(InputError):
    """A parameter's value does not fit its annotation. The message names each, what was expected and what came."""

    def __init__(self, msg: str) -> None:
        super().__init__(msg)

    @classmethod
    def from_validation_error(cls, exc: ValidationError) -> Self:
        """From what pydantic found, one line for each value."""
        found = [
            f"  {'.'.join(map(str, error['loc'])) or 'value'}: {error['msg']}, got {_short(error['input'])}"
            for error in exc.errors(include_url=False)
        ]
        return cls("\n".join(["Parameters do not fit their annotations:", *found]))


class ReservedArgumentError(InputError, TypeError):
    """A function has a parameter whose name tidemill keeps for itself."""


class SignatureMismatchError(InputError, TypeError):
    """Parameters were passed that the flow's function does not take."""

    def __init__(self, msg: str) -> None:
        super().__init__(msg)

    @classmethod
    def from_bad_params(cls, expected_params: list[str], provided_params: list[str]) -> Self:
        """From the names that the function takes and those that came."""
        return cls(f"Expected the parameters {_names(expected_params)}, got {_names(provided_params)}")


def _names(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names)) or "none"


class InvalidNameError(InputError, ValueError):
    """A name has characters that it cannot have, or is empty."""


class InvalidRepositoryURLError(InputError):
    """A repository's address cannot be used."""


class MappingLengthMismatch(InputError):
    """The iterables given to ``map`` are not of one length."""


class MappingMissingIterable(InputError):
    """``map`` was given nothing to iterate over."""


class EntrypointError(InputError):
    """``file.py:name`` or ``package.module:name`` leads nowhere."""


class MissingFlowError(EntrypointError):
    """A script has no flow of that name, or none at all."""


class UnspecifiedFlowError(EntrypointError):
    """A script has several flows and none was named."""


class ScriptError(InputError):
    """The user's file raised while it was imported; ``__cause__`` has the error with its traceback.

    ``user_exc`` is the error, ``path`` the file; ``note`` is what may explain it.
    """

    def __init__(self, user_exc: Exception, path: str, *, note: str | None = None) -> None:
        said = str(user_exc)
        kind = type(user_exc).__name__
        what = f"{path} could not be imported: {kind}: {said}" if said else f"{path} raised {kind}"
        super().__init__(f"{what} ({note})" if note else what)
        self.user_exc = user_exc
        self.path = path


class SerializationError(InputError):
    """A value cannot be turned into bytes, or the bytes are not such a value."""


class UntrustedResult(SerializationError):
    """Bytes of a result are damaged, or were not written with this home's key; they are not unpickled."""


class HashError(InputError):
    """A value has no stable hash, so no cache key can be made from it."""


class EventTooLarge(InputError):
    """An event exceeds the limit. ``size`` and ``maximum`` are bytes."""

    def __init__(self, size: int, maximum: int) -> None:
        super().__init__(f"The event is {size} bytes, the limit is {maximum}: shorten its payload or related resources")
        self.size = size
        self.maximum = maximum


class ObjectNotFound(InputError):
    """There is no such thing. ``http_exc`` is the cause, ``help_message`` the advice, if there is one."""

    def __init__(self, http_exc: Exception, help_message: str | None = None, *args: Any, **kwargs: Any) -> None:
        self.http_exc = http_exc
        self.help_message = help_message
        super().__init__(help_message if help_message is not None else str(http_exc), *args, **kwargs)


class ObjectAlreadyExists(InputError):
    """There is one of that name. ``http_exc`` is the cause."""

    def __init__(self, http_exc: Exception, *args: Any, **kwargs: Any) -> None:
        self.http_exc = http_exc
        super().__init__(*(args or (str(http_exc),)), **kwargs)


class ObjectLimitReached(InputError):
    """There may not be more of these. ``http_exc`` is the cause."""

    def __init__(self, http_exc: Exception, *args: Any, **kwargs: Any) -> None:
        self.http_exc = http_exc
        super().__init__(*(args or (str(http_exc),)), **kwargs)


class ObjectUnsupported(InputError):
    """The server does not know this kind of thing. ``http_exc`` is the cause."""

    def __init__(self, http_exc: Exception, *args: Any, **kwargs: Any) -> None:
        self.http_exc = http_exc
        super().__init__(*(args or (str(http_exc),)), **kwargs)


class NotPausedError(InputError):
    """A run was asked to resume that is not paused."""


class FlowVisualizationError(InputError):
    """A flow could not be drawn."""


class VisualizationUnsupportedError(FlowVisualizationError):
    """Code asks for what only a real run has, in a flow that is only drawn."""


class MissingContextError(InputError, RuntimeError):
    """Something that belongs to a run was called outside of one."""


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


# -- look at the run --------------------------------------------------------------------------------------------------


class RunNotCompleted(TidemillException):
    """A run has no value to give."""


class FailedRun(RunNotCompleted):
    """The run failed and its own error is not at hand."""


class CrashedRun(RunNotCompleted):
    """The run was ended by what is outside its code."""


class CancelledRun(RunNotCompleted):
    """The run was cancelled."""


class PausedRun(RunNotCompleted):
    """The run is paused. ``state`` is the state it is in."""

    def __init__(self, *args: Any, state: State[Any] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.state = state


class UnfinishedRun(RunNotCompleted):
    """The run is not over."""


class MissingResult(RunNotCompleted):
    """The run is over, but its value was not kept."""


class UpstreamTaskError(RunNotCompleted):
    """A task was not started because something it needs did not complete."""


# -- report a bug -----------------------------------------------------------------------------------------------------


class InternalError(TidemillException):
    """Tidemill broke a promise it makes to itself; please report it."""


class TidemillImportError(ImportError):
    """A package that an extra brings is not installed."""

    def __init__(self, message: str) -> None:
        super().__init__(message)


# -- signals ----------------------------------------------------------------------------------------------------------


class TidemillSignal(BaseException):
    """Steers a run from inside user code."""


class Abort(TidemillSignal):
    """End the run here."""


class Pause(TidemillSignal):
    """Leave the run until somebody resumes it. ``state`` is the state it goes into."""

    def __init__(self, *args: Any, state: State[Any] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.state = state


class ExternalSignal(BaseException):
    """The operating system speaks to the process."""


class TerminationSignal(ExternalSignal):
    """The process is asked to end. ``signal`` is the signal's number."""

    def __init__(self, signal: int) -> None:
        super().__init__(signal)
        self.signal = signal


def exception_traceback(exc: Exception) -> str:
    """The error as Python prints it, traceback included."""
    import traceback  # noqa: PLC0415 - only failures need it, and from Python 3.14 on it is heavy

    return "".join(traceback.format_exception(exc))
