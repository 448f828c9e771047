"""Parameters of a flow, as they are typed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from tidemill.cli.errors import UsageProblem
from tidemill.exceptions import ParameterTypeError
from tidemill.suggestions import did_you_mean, one_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidemill.flows import Flow

_STDIN = "-"


def parameters_from(flow: Flow[..., Any], pairs: Sequence[str], document: str | None) -> dict[str, Any]:
    """All parameters of the flow: from the JSON object, then from the pairs, else its defaults.

    Raises UsageProblem for a name that the flow does not take, one that is missing, or what is no JSON object.
    """
    given = _object(document) if document is not None else {}
    texts: dict[str, str] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not name:
            raise UsageProblem(f"cannot read {pair!r}", why="Parameters are written NAME=VALUE.")
        texts[name] = text
        given[name] = _json_or_text(text)
    _check_names(flow, given)
    return _as_text_where_that_fits(flow, _bound(flow, given), texts)


def _object(document: str) -> dict[str, Any]:
    import json  # noqa: PLC0415 - on request

    try:
        found = json.loads(sys.stdin.read() if document == _STDIN else document)
    except ValueError as error:
        raise UsageProblem(f"--params is no JSON: {error}") from error
    except RecursionError as error:
        raise UsageProblem("--params is nested too deeply") from error
    if not isinstance(found, dict):
        raise UsageProblem(f"--params must be a JSON object of parameters, not {type(found).__name__}")
    return found


def _json_or_text(text: str) -> Any:
    import json  # noqa: PLC0415 - on request

    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _check_names(flow: Flow[..., Any], given: dict[str, Any]) -> None:
    signature = flow.signature
    if signature.var_keyword is not None:
        return
    for name in given:
        if name not in signature.names:
            advice = did_you_mean(name, signature.names)
            takes = f"; it takes {one_of(signature.names)}" if signature.names else "; it takes none"
            raise UsageProblem(f"flow {flow.name!r} has no parameter {name!r}{advice or takes}")


def _bound(flow: Flow[..., Any], given: dict[str, Any]) -> dict[str, Any]:
    """The value of each parameter. By name come also those that Python takes by position, and ``*args`` as a list."""
    signature = flow.signature
    spread = {name: value for name, value in given.items() if name not in signature.names}
    bound = signature.defaults | {name: value for name, value in given.items() if name in signature.names}
    missing = [name for name in signature.required if name not in bound]
    if missing:
        options = " ".join(f"--param {name}=VALUE" for name in missing)
        raise UsageProblem(f"flow {flow.name!r} needs {one_of(missing)}", hint=f"the same command with {options}")
    if signature.var_positional is not None:
        several = bound.get(signature.var_positional, [])
        if not isinstance(several, list):
            raise UsageProblem(f"parameter {signature.var_positional!r} takes a list, as in [1, 2], not {several!r}")
        bound[signature.var_positional] = tuple(several)
    if signature.var_keyword is not None:
        several = bound.get(signature.var_keyword, {})
        named = several if isinstance(several, dict) else {signature.var_keyword: several}
        bound[signature.var_keyword] = named | spread
    return {name: bound[name] for name in signature.names}


def _as_text_where_that_fits(flow: Flow[..., Any], bound: dict[str, Any], texts: dict[str, str]) -> dict[str, Any]:
    """``--param code=007`` reads as a number, or as text where the flow says ``code: str``."""
    if not flow.should_validate_parameters:
        return bound
    signature = flow.signature
    for name, text in texts.items():
        if name in {signature.var_positional, signature.var_keyword}:
            continue
        if name in bound and bound[name] != text and not _fits(flow, bound, name) and _fits(flow, bound, name, text):
            bound[name] = text
    return bound


def _fits(flow: Flow[..., Any], bound: dict[str, Any], name: str, *instead: str) -> bool:
    try:
        flow.validate_parameters({name: instead[0] if instead else bound[name]})
    except ParameterTypeError:
        return False
    return True
