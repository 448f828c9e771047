"""Checking parameters against annotations, before the function runs.

Values that surely fit pass as they are and without pydantic; the others are coerced by it, and only then is it loaded.
What cannot be checked, because a name in the annotation is unknown or pydantic has no idea of the type, is handed on.
"""

from __future__ import annotations

from types import MethodType
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeGuard

from tidemill.exceptions import ParameterTypeError
from tidemill.parameters.annotations import UNRESOLVED, described, resolved_annotations
from tidemill.parameters.binding import once_per_function, signature_of
from tidemill.parameters.exact import anything, checker, exact_types
from tidemill.showing import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pydantic import TypeAdapter, ValidationError
    from pydantic.fields import FieldInfo

    from tidemill.parameters.exact import Checker

_LONGEST: Final = 80  # characters of a value in a message
_FLOATS: Final[frozenset[type]] = frozenset({float, type(None)})
_NONE_GIVEN: Final = object()
_NOT_BUILT: Final = object()
_NOTHING: Final[frozenset[type]] = frozenset()


class _Check:
    """One parameter's check."""

    __slots__ = ("_adapter", "annotation", "default", "exact", "field", "fits", "name", "variadic", "widens")

    def __init__(self, name: str, annotation: Any, *, default: Any, variadic: str) -> None:
        exact = exact_types(annotation) or _NOTHING
        self.name = name
        self.annotation = annotation
        self.default = default
        self.field: FieldInfo | None = default if _is_field(default) else None
        self.variadic = variadic
        self.exact = _NOTHING if variadic or self.field else exact
        self.fits = _over_all(None if self.field else checker(annotation), variadic)
        self.widens = float in exact and exact <= _FLOATS and not variadic
        self._adapter: Any = _NOT_BUILT

    def coerced(self, value: Any) -> Any:
        """The value as the annotation has it; raises pydantic's ValidationError when it cannot be had.

        What else a validator raises is raised on.
        """
        if self.field is not None and value is self.field and not self.field.is_required():
            return self.field.get_default(call_default_factory=True)
        if self.fits(value):
            return value
        if self.widens and type(value) is int and abs(value) < 2**53:
            return float(value)
        adapter = self._adapter_()
        if adapter is None:
            return value
        (result,) = adapter.validate_python((value,))
        return result

    def _adapter_(self) -> TypeAdapter[Any] | None:
        if self._adapter is _NOT_BUILT:
            from tidemill.parameters.coercion import adapter_for  # noqa: PLC0415 - loads pydantic

            annotation = self.annotation if self.field is None else Annotated[self.annotation, self.field]
            self._adapter = adapter_for(annotation, self.variadic)
        adapter: TypeAdapter[Any] | None = self._adapter
        return adapter

    def trouble(self, value: Any, error: Exception) -> list[str]:
        """Lines for a message: the parameter, what was expected and what came; below it, the places inside."""
        lines = [f"  {self.variadic}{self.name}: expected {described(self.annotation)}, got {_short(value)}"]
        if not _is_pydantics(error):
            lines[0] += f": checking it raised {shown(error, _LONGEST)}{_place_of(error)}"
            return lines
        for found in error.errors(include_url=False, include_context=False):
            inside = found["loc"][1:]
            said = found["msg"].removeprefix("Value error, ").removeprefix("Input ")
            said = said[:1].lower() + said[1:]
            if inside:
                came = "" if found["type"] == "missing" else f", got {_short(found['input'])}"
                lines.append(f"    {'.'.join(map(str, inside))}: {said}{came}")
            else:
                lines[0] += f": {said}"
        return lines


def _is_field(default: Any) -> bool:
    """Is this ``pydantic.Field(...)`` standing as a default? Asked without loading pydantic."""
    return type(default).__module__ == "pydantic.fields" and type(default).__name__ == "FieldInfo"


def _is_pydantics(error: Exception) -> TypeGuard[ValidationError]:
    """Does it say what does not fit? What else is raised comes from a validator that the annotation names."""
    return type(error).__module__ == "pydantic_core._pydantic_core" and type(error).__name__ == "ValidationError"


def _place_of(error: Exception) -> str:
    """Where it was raised, for who must find it without a traceback."""
    here = error.__traceback__
    while here is not None and here.tb_next is not None:
        here = here.tb_next
    return "" if here is None else f" ({here.tb_frame.f_code.co_filename}:{here.tb_lineno})"


def _over_all(check: Checker | None, variadic: str) -> Checker:
    """The check of one value turned into that of ``*args`` or ``**kwargs``; without a check nothing is sure."""
    if check is None:
        return lambda _: False
    if variadic == "*":
        return lambda values: all(map(check, values))
    if variadic == "**":
        return lambda values: all(map(check, values.values()))
    return check


def _short(value: object) -> str:
    return shown(value, _LONGEST) if value is None else f"{shown(value, _LONGEST)} ({type(value).__name__})"


class Validator:
    """The checks of one function's parameters. Ask ``validator_of``, which keeps one for each function."""

    __slots__ = ("_checks", "_name")

    def __init__(self, name: str, checks: Sequence[_Check]) -> None:
        self._name = name
        self._checks = tuple(checks)

    def validate(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """The parameters with every value as its annotation has it; the same dict when all are so already.

        Raises ParameterTypeError, which names every parameter that does not fit, what was expected and what came.
        """
        for check in self._checks:
            value = parameters.get(check.name, check.default)
            if type(value) not in check.exact and value is not _NONE_GIVEN and not check.fits(value):
                return self._coerced(parameters)
        return parameters

    def _coerced(self, parameters: dict[str, Any]) -> dict[str, Any]:
        result = parameters.copy()
        trouble: list[str] = []
        cause: Exception | None = None
        for check in self._checks:
            if check.name not in parameters:
                continue
            value = parameters[check.name]
            try:
                result[check.name] = check.coerced(value)
            except Exception as error:  # noqa: BLE001 - validators are the user's code and may raise anything
                if value is check.default and check.field is None:
                    continue  # a default is the author's word: ``def f(n: int = None)``
                trouble += check.trouble(value, error)
                cause = cause or error
        if trouble:
            raise ParameterTypeError(
                "\n".join([f"{self._name}() was given parameters that do not fit:", *trouble])
            ) from cause
        return result


@once_per_function
def validator_of(fn: Callable[..., Any]) -> Validator:
    """The checks of ``fn``'s parameters, made at the first call."""
    signature = signature_of(fn)
    annotations: Mapping[str, Any] = resolved_annotations(fn)
    stars = {signature.var_positional: "*", signature.var_keyword: "**"}
    checks = []
    for name in signature.names:
        default = signature.defaults.get(name, _NONE_GIVEN)
        annotation = annotations.get(name, Any)
        if annotation is UNRESOLVED or (checker(annotation) is anything and not _is_field(default)):
            continue
        checks.append(_Check(name, annotation, default=default, variadic=stars.get(name, "")))
    return Validator(signature.name, checks)


def validate(fn: Callable[..., Any], parameters: dict[str, Any]) -> dict[str, Any]:
    """Parameters of ``fn`` as its annotations have them; see ``Validator.validate``."""
    # a bound method lives no longer than the call it is made for; its function stays, and with it what is known
    return validator_of(fn.__func__ if type(fn) is MethodType else fn).validate(parameters)
