"""Functions, their parameters and the arguments of their calls, under the names users import.

The engine goes to ``tidemill.parameters`` directly: this module also loads pydantic, for the schemas.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from tidemill.parameters.binding import call_arguments, check_reserved_names, signature_of
from tidemill.parameters.docstrings import parameter_docstrings
from tidemill.parameters.schema import (
    ParameterSchema,
    generate_parameter_schema,
    parameter_schema,
    parameter_schema_from_entrypoint,
)
from tidemill.utilities.annotations import unmapped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tidemill.parameters.binding import Signature

R = TypeVar("R")

__all__ = [
    "ParameterSchema",
    "call_with_parameters",
    "cloudpickle_wrapped_call",
    "collapse_variadic_parameters",
    "expand_mapping_parameters",
    "explode_variadic_parameter",
    "generate_parameter_schema",
    "get_call_parameters",
    "get_parameter_defaults",
    "parameter_docstrings",
    "parameter_schema",
    "parameter_schema_from_entrypoint",
    "parameters_to_args_kwargs",
    "raise_for_reserved_arguments",
]


def get_call_parameters(
    fn: Callable[..., Any], call_args: tuple[Any, ...], call_kwargs: dict[str, Any], apply_defaults: bool = True
) -> dict[str, Any]:
    """The value of each parameter in this call; without defaults, of those that were given.

    Raises ParameterBindError when ``fn`` cannot be called so.
    """
    signature = signature_of(fn)
    if apply_defaults:
        return signature.bind(call_args, call_kwargs)
    return signature.bind_given(call_args, call_kwargs)


def get_parameter_defaults(fn: Callable[..., Any]) -> dict[str, Any]:
    """The default of each parameter that has one."""
    return dict(signature_of(fn).defaults)


def parameters_to_args_kwargs(
    fn: Callable[..., Any], parameters: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Arguments that give each parameter its value. Raises SignatureMismatchError for a name ``fn`` does not take."""
    return call_arguments(fn, parameters)


def call_with_parameters(fn: Callable[..., R], parameters: dict[str, Any]) -> R:
    """Call ``fn`` with each parameter's value."""
    args, kwargs = call_arguments(fn, parameters)
    return fn(*args, **kwargs)


def cloudpickle_wrapped_call(fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Callable[[], bytes]:
    """A call that any process can make: pickled with the function itself, and answering with the pickled result."""
    from tidemill import by_value  # noqa: PLC0415 - only calls that leave the process need it

    return functools.partial(_call_pickled, by_value.dumps((fn, args, kwargs)))


def _call_pickled(pickled: bytes) -> bytes:
    import cloudpickle  # noqa: PLC0415 - as above

    fn, args, kwargs = cloudpickle.loads(pickled)
    result: bytes = cloudpickle.dumps(fn(*args, **kwargs))
    return result


def explode_variadic_parameter(fn: Callable[..., Any], parameters: dict[str, Any]) -> dict[str, Any]:
    """The parameters with those of ``**kwargs`` beside the others."""
    name = signature_of(fn).var_keyword
    if name is None:
        return parameters
    others = {key: value for key, value in parameters.items() if key != name}
    spread: dict[str, Any] = parameters.get(name, {})
    return others | spread


def collapse_variadic_parameters(fn: Callable[..., Any], parameters: dict[str, Any]) -> dict[str, Any]:
    """The inverse of ``explode_variadic_parameter``. Raises ValueError for names that ``fn`` does not take."""
    signature = signature_of(fn)
    own = {key: value for key, value in parameters.items() if key in signature.names}
    spread = {key: value for key, value in parameters.items() if key not in signature.names}
    if signature.var_keyword is None:
        if spread:
            raise ValueError(f"{signature.name}() takes no **kwargs, but was given {', '.join(map(repr, spread))}")
        return parameters
    if spread:
        own[signature.var_keyword] = own.get(signature.var_keyword, {}) | spread
    return own


def expand_mapping_parameters(func: Callable[..., Any], parameters: dict[str, Any]) -> list[dict[str, Any]]:
    """The parameters of each call that ``map`` makes: iterables item by item, the others in every call.

    Defaults and what ``unmapped`` or ``opaque`` marks count as single things; what ``quote`` or ``allow_failure`` marks
    is marked item by item. Raises MappingMissingIterable when nothing can be iterated over, MappingLengthMismatch for
    iterables of different lengths.
    """
    from tidemill.engine.mapping import each_call  # noqa: PLC0415 - of the engine, only this is needed here

    signature = signature_of(func)
    given = collapse_variadic_parameters(func, parameters)
    defaults = {name: unmapped(value) for name, value in signature.defaults.items() if name not in given}
    return list(each_call(_Mapped(signature.name, signature), {**given, **defaults}))


class _Mapped(NamedTuple):
    """What mapping has to know of a task."""

    name: str
    signature: Signature


def raise_for_reserved_arguments(fn: Callable[..., Any], reserved_arguments: Iterable[str]) -> None:
    """Raise ReservedArgumentError when a parameter of ``fn`` has one of these names."""
    check_reserved_names(fn, reserved_arguments)
