"""Is a callable of ours one that a caller who knows the contract can call?"""

from __future__ import annotations

import ast
import inspect
from enum import Enum
from functools import cache
from typing import Any

from msgspec import UNSET

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
#: What stands in the contract for a field that is not sent unless it is given; ours is ``UNSET`` then.
LEFT_OUT = ("None", "{}", "[]", "False", "True")
_OF_INSTANCE = ("self", "cls")


@cache
def parsed(text: str) -> inspect.Signature:
    """A signature of the contract; a default is kept as its text."""
    function = ast.parse(f"def f{text}: pass").body[0]
    assert isinstance(function, ast.FunctionDef)
    arguments = function.args
    kinds = [
        *((each, inspect.Parameter.POSITIONAL_ONLY) for each in arguments.posonlyargs),
        *((each, inspect.Parameter.POSITIONAL_OR_KEYWORD) for each in arguments.args),
    ]
    given = [None] * (len(kinds) - len(arguments.defaults)) + list(arguments.defaults)
    parameters = [_parameter(each.arg, kind, default) for (each, kind), default in zip(kinds, given, strict=True)]
    if arguments.vararg:
        parameters.append(_parameter(arguments.vararg.arg, inspect.Parameter.VAR_POSITIONAL))
    parameters += [
        _parameter(each.arg, inspect.Parameter.KEYWORD_ONLY, default)
        for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    ]
    if arguments.kwarg:
        parameters.append(_parameter(arguments.kwarg.arg, inspect.Parameter.VAR_KEYWORD))
    return inspect.Signature(parameters, __validate_parameters__=False)


def _parameter(name: str, kind: Any, default: ast.expr | None = None) -> inspect.Parameter:
    text = inspect.Parameter.empty if default is None else ast.unparse(default)
    return inspect.Parameter(name, kind, default=text)


def default_differs(contract: str, value: Any) -> bool:
    """Does our default mean another thing than the contract's text? Defaults that are not literals are not compared."""
    if contract == "..." or (value is UNSET and contract in LEFT_OUT):
        return False
    named = getattr(value, "__name__", None) or type(value).__name__
    if contract.isidentifier() and contract not in ("None", "True", "False"):
        return contract not in (named, named.lstrip("_"), type(value).__name__)
    if isinstance(value, Enum) and not contract.startswith(("'", '"')):
        return contract.rpartition(".")[2] != value.name
    try:
        expected = ast.literal_eval(contract)
    except ValueError:
        return False
    if isinstance(expected, bool) or expected is None:
        return value is not expected
    return bool(value != expected)


def differences(contract: inspect.Signature, found: inspect.Signature) -> list[str]:
    """What a caller would trip over. Further keyword-only parameters of ours are welcome, and so are other annotations."""
    want, have = list(contract.parameters.values()), list(found.parameters.values())
    said = _positional([p for p in want if p.kind in _POSITIONAL], [p for p in have if p.kind in _POSITIONAL])
    said += _keyword_only(want, found)
    for kind, sign in ((inspect.Parameter.VAR_POSITIONAL, "*"), (inspect.Parameter.VAR_KEYWORD, "**")):
        wanted, offered = any(p.kind is kind for p in want), any(p.kind is kind for p in have)
        if wanted != offered:
            said.append(f"{sign}arguments are {'not ' if wanted else ''}taken")
    return said


def _positional(want: list[inspect.Parameter], have: list[inspect.Parameter]) -> list[str]:
    said = []
    for place, parameter in enumerate(want):
        if place >= len(have):
            said.append(f"parameter {parameter.name!r} is missing")
            continue
        other = have[place]
        by_place_only = parameter.name.startswith("__") or parameter.kind is inspect.Parameter.POSITIONAL_ONLY
        if other.name != parameter.name and not by_place_only:
            said.append(f"parameter {place + 1} is {other.name!r}, not {parameter.name!r}")
        elif other.kind is not parameter.kind and not by_place_only:
            said.append(f"parameter {parameter.name!r} cannot be given by name")
        said += _default(parameter, other)
    said += [f"parameter {other.name!r} is ours and must be keyword-only" for other in have[len(want) :]]
    return said


def _keyword_only(want: list[inspect.Parameter], found: inspect.Signature) -> list[str]:
    said = []
    for parameter in want:
        if parameter.kind is not inspect.Parameter.KEYWORD_ONLY:
            continue
        other = found.parameters.get(parameter.name)
        if other is None:
            said.append(f"parameter {parameter.name!r} is missing")
        elif other.kind is not inspect.Parameter.KEYWORD_ONLY:
            said.append(f"parameter {parameter.name!r} is not keyword-only")
        else:
            said += _default(parameter, other)
    known = {parameter.name for parameter in want}
    said += [
        f"parameter {other.name!r} is ours and must have a default"
        for other in found.parameters.values()
        if other.kind is inspect.Parameter.KEYWORD_ONLY
        and other.name not in known
        and other.default is inspect.Parameter.empty
    ]
    return said


def _default(contract: inspect.Parameter, found: inspect.Parameter) -> list[str]:
    wanted, offered = contract.default is not inspect.Parameter.empty, found.default is not inspect.Parameter.empty
    if wanted and not offered:
        return [f"parameter {contract.name!r} has no default, the contract's is {contract.default}"]
    if offered and not wanted:
        return [f"parameter {contract.name!r} has the default {found.default!r}, the contract has none"]
    if wanted and default_differs(contract.default, found.default):
        return [f"parameter {contract.name!r} has the default {found.default!r}, the contract's is {contract.default}"]
    return []


def signature_of(function: Any, *, of_instance: bool = False) -> inspect.Signature | None:
    """The signature callers see, without the instance; None where the interpreter cannot tell."""
    try:
        found = inspect.signature(function)
    except (TypeError, ValueError):
        return None
    parameters = list(found.parameters.values())
    if of_instance and parameters and parameters[0].name in _OF_INSTANCE:
        parameters = parameters[1:]
    return found.replace(parameters=parameters)
