"""Binding a call's arguments to a function's parameters, by facts about the function that are found out once.

``inspect.Signature.bind`` takes tens of microseconds a call; this takes less than one for plain positional calls and
accepts and refuses the same calls as Python itself.
"""

from __future__ import annotations

import inspect
import sys
from contextlib import suppress
from functools import wraps
from types import MethodType
from typing import TYPE_CHECKING, Any, Final, ForwardRef, TypeVar, get_args
from weakref import WeakKeyDictionary

from tidemill.exceptions import ParameterBindError, ReservedArgumentError, SignatureMismatchError
from tidemill.suggestions import did_you_mean, one_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

T = TypeVar("T")

#: Parameters that calls of flows and tasks take besides the function's own.
RESERVED_NAMES: Final = ("return_state", "wait_for")

_MISSING: Final = object()
_EMPTY: Final = inspect.Parameter.empty


class Signature:
    """What a function takes. Ask ``signature_of``, which keeps one for each function."""

    __slots__ = (
        "_blank",
        "_by_name",
        "_only_positional",
        "_template",
        "_width",
        "annotations",
        "defaults",
        "name",
        "names",
        "positional",
        "positional_only",
        "required",
        "var_keyword",
        "var_positional",
    )

    def __init__(self, name: str, parameters: Iterable[inspect.Parameter]) -> None:
        given = list(parameters)
        kinds = {kind: tuple(p.name for p in given if p.kind is kind) for kind in inspect._ParameterKind}  # noqa: SLF001 - an enum that is public by its members only
        self.name = name
        self.names = tuple(p.name for p in given)
        self.positional_only = kinds[inspect.Parameter.POSITIONAL_ONLY]
        self.positional = self.positional_only + kinds[inspect.Parameter.POSITIONAL_OR_KEYWORD]
        self.var_positional = next(iter(kinds[inspect.Parameter.VAR_POSITIONAL]), None)
        self.var_keyword = next(iter(kinds[inspect.Parameter.VAR_KEYWORD]), None)
        variadic = {self.var_positional, self.var_keyword}
        self.annotations: dict[str, Any] = {p.name: p.annotation for p in given if p.annotation is not _EMPTY}
        self.defaults: dict[str, Any] = {p.name: p.default for p in given if p.default is not _EMPTY}
        self.required = tuple(n for n in self.names if n not in self.defaults and n not in variadic)
        self._by_name = frozenset(self.names) - frozenset(self.positional_only) - variadic
        self._blank: dict[str, Any] = dict.fromkeys(self.names, _MISSING)
        self._template = self._blank | self.defaults
        self._width = len(self.positional)
        self._only_positional = self.positional == self.names

    def bind(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """The value of each parameter, in the order of the signature, defaults included.

        ``*args`` is one tuple and ``**kwargs`` one dict under their own names. Raises ParameterBindError exactly when
        Python would refuse the call.
        """
        if not kwargs and self._only_positional and len(args) == self._width:
            return dict(zip(self.positional, args, strict=True))
        return self._bind(args, kwargs, self._template)

    def bind_given(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """As ``bind``, without the parameters that were left at their defaults."""
        values = self._bind(args, kwargs, self._blank)
        for variadic in (self.var_positional, self.var_keyword):
            if variadic is not None and not values[variadic]:
                del values[variadic]
        return {name: value for name, value in values.items() if value is not _MISSING}

    def _bind(self, args: tuple[Any, ...], kwargs: Mapping[str, Any], template: dict[str, Any]) -> dict[str, Any]:
        values = template.copy()
        values.update(zip(self.positional, args, strict=False))
        spread = self._by_keyword(values, kwargs, self.positional[: len(args)]) if kwargs else {}
        if self.var_keyword is not None:
            values[self.var_keyword] = spread
        elif spread:
            raise self._refusal(self._unexpected(next(iter(spread))))
        if self.var_positional is not None:
            values[self.var_positional] = args[self._width :]
        elif len(args) > self._width:
            raise self._refusal(f"takes {_at_most(self._width)}, got {len(args)}")
        for name in self.required:
            if values[name] is _MISSING:
                raise self._refusal(self._missing(values))
        return values

    def _by_keyword(
        self, values: dict[str, Any], kwargs: Mapping[str, Any], by_position: tuple[str, ...]
    ) -> dict[str, Any]:
        """Put the keywords in their places; what has none comes back."""
        spread: dict[str, Any] = {}
        for name, value in kwargs.items():
            if name not in self._by_name:
                spread[name] = value
            elif name in by_position:
                raise self._refusal(f"got {name!r} twice, by position and by name")
            else:
                values[name] = value
        return spread

    def call_arguments(self, parameters: Mapping[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Positional and keyword arguments that give each parameter its value; the inverse of ``bind``.

        A parameter may be left out; where what follows it goes by position, its default stands in its place. Raises
        SignatureMismatchError for a name that the function does not take, ParameterBindError where there is no default.
        """
        if self._only_positional and len(parameters) == self._width:
            try:
                return tuple([parameters[name] for name in self.positional]), {}
            except KeyError:
                pass
        return self._call_arguments(parameters)

    def _call_arguments(self, parameters: Mapping[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        for name in parameters:
            if name not in self._blank:
                raise SignatureMismatchError(f"{self.name}() {self._unexpected(name)}")
        args = self._by_position(parameters)
        by_name = self._by_name.difference(self.positional[: len(args)])
        kwargs = {name: parameters[name] for name in self.names if name in by_name and name in parameters}
        if self.var_keyword is not None:
            kwargs.update(parameters.get(self.var_keyword, {}))
        return tuple(args), kwargs

    def _by_position(self, parameters: Mapping[str, Any]) -> list[Any]:
        spread = parameters.get(self.var_positional, ()) if self.var_positional is not None else ()
        given = [index for index, name in enumerate(self.positional_only) if name in parameters]
        needed = self._width if spread else max(given, default=-1) + 1
        args: list[Any] = []
        for name in self.positional:
            if name in parameters:
                args.append(parameters[name])
            elif len(args) >= needed:
                break
            elif name in self.defaults:
                args.append(self.defaults[name])
            else:
                raise self._refusal(self._missing(self._blank | dict(parameters)))
        return [*args, *spread]

    def without_first(self) -> Signature:
        """What is left to give when the first positional parameter is bound, as a method's is to its object."""
        rest = [p for p in self._parameters() if p.name != next(iter(self.positional), None)]
        return Signature(self.name, rest)

    def _parameters(self) -> list[inspect.Parameter]:
        return [
            inspect.Parameter(
                name,
                self._kind(name),
                default=self.defaults.get(name, _EMPTY),
                annotation=self.annotations.get(name, _EMPTY),
            )
            for name in self.names
        ]

    def _kind(self, name: str) -> inspect._ParameterKind:
        if name in self.positional_only:
            return inspect.Parameter.POSITIONAL_ONLY
        if name in self.positional:
            return inspect.Parameter.POSITIONAL_OR_KEYWORD
        if name == self.var_positional:
            return inspect.Parameter.VAR_POSITIONAL
        return inspect.Parameter.VAR_KEYWORD if name == self.var_keyword else inspect.Parameter.KEYWORD_ONLY

    def __str__(self) -> str:
        """As it would be written, with ``…`` for defaults, which may be long."""
        shown = inspect.Signature(
            [
                p.replace(annotation=_EMPTY, default=_EMPTY if p.default is _EMPTY else _ELLIPSIS)
                for p in self._parameters()
            ]
        )
        return f"{self.name}{shown}"

    def _refusal(self, what: str) -> ParameterBindError:
        return ParameterBindError(f"{self.name}() {what}; its signature is {self}")

    def _unexpected(self, name: str) -> str:
        if name in self.positional_only:
            return f"takes {name!r} by position only"
        return f"takes no parameter {name!r}{did_you_mean(name, self._by_name) or f'; it takes {one_of(self.names)}'}"

    def _missing(self, values: dict[str, Any]) -> str:
        missing = [name for name in self.required if values[name] is _MISSING]
        noun = "a value for the parameter" if len(missing) == 1 else "values for the parameters"
        return f"needs {noun} {', '.join(map(repr, missing))}"


class _Ellipsis:
    def __repr__(self) -> str:
        return "…"


_ELLIPSIS: Final = _Ellipsis()


def _at_most(width: int) -> str:
    if width == 0:
        return "no positional arguments"
    return "at most 1 positional argument" if width == 1 else f"at most {width} positional arguments"


def once_per_function(find_out: Callable[[Any], T]) -> Callable[[Any], T]:
    """Decorator: what is found out about a function is remembered as long as the function lives."""
    known: WeakKeyDictionary[Any, T] = WeakKeyDictionary()

    @wraps(find_out)
    def ask(fn: Any) -> T:
        try:
            return known[fn]
        except (KeyError, TypeError):
            pass
        found = find_out(fn)
        with suppress(TypeError):  # a callable without hash or weak reference is looked at again each time
            known[fn] = found
        return found

    return ask


@once_per_function
def signature_of(fn: Callable[..., Any]) -> Signature:
    """What ``fn`` takes; found out at the first call. A callable that does not say takes anything."""
    if type(fn) is MethodType and not hasattr(fn.__func__, "__signature__"):
        # a bound method lives no longer than the call it is made for; its function stays
        return signature_of(fn.__func__).without_first()
    name = getattr(fn, "__name__", None) or type(fn).__name__
    try:
        return Signature(name, _declared(fn).parameters.values())
    except ValueError:
        anything = [inspect.Parameter("args", inspect.Parameter.VAR_POSITIONAL)]
        anything.append(inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD))
        return Signature(name, anything)


def _declared(fn: Callable[..., Any]) -> inspect.Signature:
    if sys.version_info >= (3, 14):
        from annotationlib import Format  # noqa: PLC0415 - not there before

        # names may be missing: they are there at the first call, or never, for type checkers alone
        said = inspect.signature(fn, annotation_format=Format.FORWARDREF)
        if not any(_unsettled(p.annotation) for p in said.parameters.values()):
            return said
        texts = inspect.signature(fn, annotation_format=Format.STRING).parameters
        return said.replace(
            parameters=[
                p.replace(annotation=texts[p.name].annotation) if _unsettled(p.annotation) else p
                for p in said.parameters.values()
            ]
        )
    return inspect.signature(fn)


def _unsettled(annotation: Any) -> bool:
    """Whether a name in it was missing. What stands for such a name holds its module, which cannot be pickled."""
    return isinstance(annotation, ForwardRef) or any(map(_unsettled, get_args(annotation)))


def bind(fn: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The value of each parameter of ``fn`` in this call, defaults included; see ``Signature.bind``."""
    return signature_of(fn).bind(args, kwargs)


def call_arguments(fn: Callable[..., Any], parameters: Mapping[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Arguments for ``fn`` that give each parameter its value; see ``Signature.call_arguments``."""
    return signature_of(fn).call_arguments(parameters)


def check_reserved_names(fn: Callable[..., Any], reserved: Iterable[str] = RESERVED_NAMES) -> None:
    """Raise ReservedArgumentError when a parameter of ``fn`` has a name that calls of flows and tasks use."""
    signature = signature_of(fn)
    for name in reserved:
        if name in signature.names:
            raise ReservedArgumentError(
                f"{signature.name}() has a parameter {name!r}, which every call of a flow or task takes: rename it"
            )
