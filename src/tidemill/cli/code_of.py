"""From an entrypoint to the flow that stands there."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from tidemill.cli.errors import NotFound, Problem, UsageProblem
from tidemill.entrypoints import is_path, load_entrypoint, load_script, parse_entrypoint
from tidemill.exceptions import EntrypointError, MissingFlowError, ScriptError, SetupError
from tidemill.flow_loading import flow_in, flows_of
from tidemill.main_program import stand_in
from tidemill.suggestions import one_of

if TYPE_CHECKING:
    from types import ModuleType

    from tidemill.domain.runs import FlowRun
    from tidemill.flows import Flow


def flow_at(entrypoint: str) -> Flow[..., Any]:
    """The flow at ``file.py:name`` or ``module:name``; of a file that has only one flow, its name may be left out."""
    if not _is_file(entrypoint):
        try:
            parse_entrypoint(entrypoint)
        except EntrypointError as error:
            raise UsageProblem(str(error)) from error
    try:
        if _is_file(entrypoint):
            return _only_flow_of(load_script(entrypoint), entrypoint, "tidemill run ")
        return _flow_from(load_entrypoint(entrypoint), entrypoint)
    except ScriptError as error:
        raise _broken(error) from error


def flow_of(run: FlowRun, entrypoint: str | None, command: str) -> Flow[..., Any]:
    """The flow that a run is of: at ``entrypoint``, else where the run recorded it."""
    place = entrypoint or run.entrypoint
    command = f"tidemill flow-run {command} {run.id} --entrypoint "
    elsewhere = f"{command}FILE:FLOW"
    if place is None:
        raise NotFound(
            f"flow {run.flow_name!r} of run {run.name!r} was not defined in a file, so its code cannot be found again",
            hint=elsewhere,
        )
    if "<locals>" in place:
        raise NotFound(
            f"flow {run.flow_name!r} of run {run.name!r} was defined within a function, out of reach: {place}",
            why="Define it at the top of a file, and say where.",
            hint=elsewhere,
        )
    try:
        if _is_file(place):
            return _only_flow_of(load_script(place), place, command, run.flow_name)
        return _flow_from(load_entrypoint(parse_entrypoint(place)), place, run.flow_name)
    except EntrypointError as error:
        raise NotFound(
            f"the code of flow run {run.name!r} cannot be loaded: {error}",
            why="If it moved, say where it is now.",
            hint=elsewhere,
        ) from error
    except ScriptError as error:
        raise _broken(error) from error


def _broken(error: ScriptError) -> Exception:
    cause = error.__cause__
    if isinstance(cause, SetupError):  # a setting that the script was the first to ask for
        return cause
    if isinstance(cause, SystemExit):
        hint = "put what the script does at its end below: if __name__ == '__main__':"
        return Problem(str(error), hint=hint)
    said = f": {type(cause).__name__}: {cause}" if cause is not None else ""
    return Problem(
        f"{error}" if cause is not None and str(cause) in str(error) else f"{error}{said}",
        hint="the same command as 'tidemill --debug …', which shows where it happened",
    )


def _flow_from(found: Any, place: str, flow_name: str | None = None) -> Flow[..., Any]:
    """The flow, its module standing in for the main program of its runs."""
    try:
        flow = flow_in(found, place, flow_name)
    except MissingFlowError as error:
        what, _, hint = str(error).rpartition("; ")
        raise NotFound(what, hint=hint) from error
    module = sys.modules.get(getattr(found, "__module__", ""))
    if module is not None:
        stand_in(module)
    return flow


def _is_file(entrypoint: str) -> bool:
    """Whether only a file is named, and no flow in it."""
    return is_path(entrypoint) and entrypoint.endswith((".py", ".pyw"))


def _only_flow_of(module: ModuleType, path: str, command: str, flow_name: str | None = None) -> Flow[..., Any]:
    """The file's only flow, or its only one that is called so; ``command`` is what to type before another name."""
    own = [each for each in flows_of(module) if each.__module__ == module.__name__]
    flows = [each for each in own if each.name == flow_name] or own
    if len(flows) != 1:
        names = [name for name, value in vars(module).items() if value in flows]
        said = f"has several flows: {one_of(names)}" if names else "has no flow"
        hint = f"{command}{path}:{names[0]}" if names else "put @flow above a function in it"
        raise NotFound(f"{path} {said}", hint=hint)
    stand_in(module)
    return flows[0]
