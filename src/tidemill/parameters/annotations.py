"""A function's annotations as objects: names in quotes are looked up when they are first needed, one by one."""

from __future__ import annotations

import functools
import inspect
import re
from types import MethodType, SimpleNamespace
from typing import TYPE_CHECKING, Any, Final, get_type_hints

from tidemill.parameters.binding import signature_of

if TYPE_CHECKING:
    from collections.abc import Callable

UNRESOLVED: Final = object()


def resolved_annotations(fn: Callable[..., Any]) -> dict[str, Any]:
    """Each annotated parameter's annotation; UNRESOLVED where a name in it cannot be found, at a call or ever.

    Names under ``if TYPE_CHECKING`` are such: nobody can check against them, and nothing breaks.
    """
    return {name: _resolved(annotation, fn) for name, annotation in signature_of(fn).annotations.items()}


def _resolved(annotation: Any, fn: Callable[..., Any]) -> Any:
    if isinstance(annotation, type) and not hasattr(annotation, "__args__"):
        return annotation
    spaces = _namespaces(fn)
    shim = SimpleNamespace(__annotations__={"it": annotation})
    try:
        return get_type_hints(shim, spaces[0], spaces[1], include_extras=True)["it"]
    except Exception:  # noqa: BLE001 - an annotation is an expression of the user's and may raise anything
        return UNRESOLVED


def _namespaces(fn: Callable[..., Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Where names in the annotations are looked up: the function's module, then what it closes over."""
    while True:
        if isinstance(fn, functools.partial):
            fn = fn.func
        elif isinstance(fn, MethodType):
            fn = fn.__func__
        elif hasattr(fn, "__wrapped__"):
            fn = fn.__wrapped__
        elif inspect.isclass(fn):
            fn = fn.__init__
        elif not hasattr(fn, "__globals__") and inspect.isfunction(type(fn).__call__):
            fn = type(fn).__call__
        else:
            break
    local = {parameter.__name__: parameter for parameter in getattr(fn, "__type_params__", ())}
    code, cells = getattr(fn, "__code__", None), getattr(fn, "__closure__", None) or ()
    for name, cell in zip(code.co_freevars if code else (), cells, strict=False):
        try:
            local[name] = cell.cell_contents
        except ValueError:  # not assigned yet
            continue
    return getattr(fn, "__globals__", {}), local


def described(annotation: Any) -> str:
    """The annotation as its author would write it, without the modules' names."""
    if isinstance(annotation, str):
        return annotation
    if annotation is None or annotation is type(None):
        return "None"
    if isinstance(annotation, type) and not hasattr(annotation, "__args__"):
        return annotation.__qualname__.rpartition("<locals>.")[2]
    return re.sub(r"(?:[A-Za-z_]\w*\.|<locals>\.)+(?=[A-Za-z_])", "", str(annotation)).replace("NoneType", "None")
