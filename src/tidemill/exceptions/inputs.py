"""The caller passed what cannot be used."""
# ruff: noqa: N818 - these are the contract's names

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Self

from tidemill.exceptions.base import TidemillException
from tidemill.showing import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pydantic import ValidationError

_LONGEST: Final = 120  # characters of a value in a message


class InputError(TidemillException):
    """What was passed cannot be used; the same call will fail again."""


class OptionError(InputError, ValueError, TypeError):
    """An option of a decorator or call has a value it cannot have.

    It is a ValueError and a TypeError, so that code written against either keeps working.
    """

    @classmethod
    def expected(cls, option: str, wanted: str, got: object) -> Self:
        """``expected 'retries' to be a whole number ≥ 0, got -1``."""
        return cls(f"expected {option!r} to be {wanted}, got {shown(got, _LONGEST)}")


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
        passed = [shown(arg, 40) for arg in call_args]
        passed += [f"{key}={shown(value, 40)}" for key, value in call_kwargs.items()]
        return cls(f"Cannot call {name}{inspect.signature(fn)} with ({', '.join(passed)}): {exc}")


class ParameterTypeError(InputError):
    """A parameter's value does not fit its annotation. The message names each, what was expected and what came."""

    def __init__(self, msg: str) -> None:
        super().__init__(msg)

    @classmethod
    def from_validation_error(cls, exc: ValidationError) -> Self:
        """From what pydantic found, one line for each value."""
        found = [
            f"  {'.'.join(map(str, error['loc'])) or 'value'}: {error['msg']}, got {shown(error['input'], _LONGEST)}"
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
    """The user's file raised or ended the program as it was imported; ``__cause__`` has the error with its traceback.

    ``user_exc`` is the error, ``path`` the file; ``note`` is what may explain it.
    """

    def __init__(self, user_exc: BaseException, path: str, *, note: str | None = None) -> None:
        said = str(user_exc)
        kind = type(user_exc).__name__
        what = f"{path} could not be imported: {kind}: {said}" if said else f"{path} raised {kind}"
        if isinstance(user_exc, SystemExit):
            what = f"{path} ended the program while it was imported: sys.exit({user_exc.code!r})"
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
