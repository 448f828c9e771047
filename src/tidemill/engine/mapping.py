"""What ``map`` makes of its arguments: one call for each element."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tidemill.engine.context import current
from tidemill.engine.inputs import Future
from tidemill.exceptions import MappingLengthMismatch, MappingMissingIterable
from tidemill.utilities.annotations import BaseAnnotation, allow_failure, quote, unmapped

if TYPE_CHECKING:
    from collections.abc import Iterator


def each_call(task: Any, parameters: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The parameters of each call. Futures of iterables are waited for; what is ``unmapped`` goes to every call."""
    fixed: dict[str, Any] = {}
    spread: dict[str, list[Any]] = {}
    for name, value in parameters.items():
        elements = _elements(value) if name not in _variadic(task) else None
        if elements is None:
            fixed[name] = _whole(value)
        else:
            spread[name] = elements
    for name in _variadic(task):
        _spread_variadic(parameters.get(name), name, fixed, spread)
    lengths = {name: len(elements) for name, elements in spread.items()}
    if not lengths:
        raise MappingMissingIterable(
            f"task {task.name!r} was mapped without an iterable argument; got {', '.join(parameters) or 'no arguments'}"
        )
    if len(set(lengths.values())) > 1:
        said = ", ".join(f"{name}: {length}" for name, length in lengths.items())
        raise MappingLengthMismatch(
            f"task {task.name!r} was mapped over iterables of different lengths ({said}); mark those that every call "
            "shall get whole with unmapped(...)"
        )
    order = list(parameters)
    for index in range(next(iter(lengths.values()))):
        values = fixed | {name: elements[index] for name, elements in spread.items()}
        yield {name: values[name] for name in order}


def origins_of(task: Any, parameters: dict[str, Any]) -> dict[str, set[tuple[str, str]]]:
    """By parameter, the runs whose values are taken apart here, which their elements do not show any more."""
    variadic = _variadic(task)
    context = current()
    flow = context.flow_context if context is not None else None
    made = flow.made if flow is not None else {}
    origins: dict[str, set[tuple[str, str]]] = {}
    for name, given in parameters.items():
        for value in (given or {}).values() if name in variadic else (given,):
            bare = value.value if isinstance(value, allow_failure) else value
            if isinstance(bare, Future):
                origins.setdefault(name, set()).add((bare.input_type, bare.run_id))
            elif id(bare) in made:
                origins.setdefault(name, set()).add((Future.input_type, made[id(bare)][1]))
    return origins


def _variadic(task: Any) -> tuple[str, ...]:
    return (task.signature.var_keyword,) if task.signature.var_keyword else ()


def _spread_variadic(keywords: Any, name: str, fixed: dict[str, Any], spread: dict[str, list[Any]]) -> None:
    """Each of ``**kwargs`` is mapped or not on its own."""
    if not keywords:
        return
    elements = {key: _elements(value) for key, value in keywords.items()}
    lengths = {len(each) for each in elements.values() if each is not None}
    plain = {key: _whole(value) for key, value in keywords.items()}
    if not lengths:
        fixed[name] = plain
        return
    if len(lengths) > 1:
        said = ", ".join(f"{key}: {len(each)}" for key, each in elements.items() if each is not None)
        raise MappingLengthMismatch(f"keyword arguments were mapped over iterables of different lengths ({said})")
    fixed.pop(name, None)
    spread[name] = [
        {key: each[index] if (each := elements[key]) is not None else plain[key] for key in keywords}
        for index in range(lengths.pop())
    ]


def _whole(value: Any) -> Any:
    """What every call gets of a value that is not mapped over."""
    if isinstance(value, allow_failure):
        return allow_failure(_whole(value.value))
    return value.value if isinstance(value, unmapped) else value


def _elements(value: Any) -> list[Any] | None:
    """The elements to map over, or ``None`` for what every call gets whole."""
    if isinstance(value, allow_failure | quote):  # each element is marked as the whole was
        inner = _elements(value.value)
        return None if inner is None else [value.rewrap(item) for item in inner]
    if isinstance(value, BaseAnnotation | str | bytes):
        return None
    if isinstance(value, Future):
        return _elements(value.result())  # type: ignore[attr-defined]
    if not hasattr(value, "__iter__") or hasattr(value, "read"):
        return None
    return list(value)
