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

A server's refusals are ``TidemillHTTPStatusError``, an ``httpx.HTTPStatusError`` below the root; a client raises those
that have a name above by that name, and as an ``httpx.HTTPStatusError`` at once.

What a store says (``tidemill.store.errors``), and a step that a run's state does not have, hang below these as well.

A message says what happened, to which thing, and what to do next; it ends without a full stop when it is one sentence.
"""
# ruff: noqa: F401, F403 - this module is the sum of those below it

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tidemill.exceptions.base import *
from tidemill.exceptions.base import _rebuilt
from tidemill.exceptions.circumstances import *
from tidemill.exceptions.inputs import *
from tidemill.exceptions.runs import *

if TYPE_CHECKING:
    from tidemill.exceptions.http import TidemillHTTPStatusError

for _each in list(globals().values()):
    if getattr(_each, "__module__", "").startswith(f"{__name__}."):
        _each.__module__ = __name__  # what tracebacks and pickles say: where it is found for good


def __getattr__(name: str) -> Any:
    if name == "TidemillHTTPStatusError":
        from tidemill.exceptions.http import TidemillHTTPStatusError  # noqa: PLC0415 - brings httpx

        return TidemillHTTPStatusError
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def exception_traceback(exc: Exception) -> str:
    """The error as Python prints it, traceback included."""
    import traceback  # noqa: PLC0415 - only failures need it

    return "".join(traceback.format_exception(exc))
