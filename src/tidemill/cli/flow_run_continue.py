"""``tidemill flow-run resume`` and ``retry``: going on with a run in this process, under the same id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from tidemill.cli.errors import ExitCode, Problem
from tidemill.cli.examples import CommandWithExamples
from tidemill.cli.finding import flow_run_of, typed
from tidemill.cli.home import opened_home
from tidemill.cli.output import Output, output_options
from tidemill.cli.parameters import positional
from tidemill.cli.run_ending import tell_ending
from tidemill.domain.states import StateType
from tidemill.exceptions import NotPausedError
from tidemill.store.errors import RunHeldError

if TYPE_CHECKING:
    from tidemill.api.embedded import Home
    from tidemill.domain.runs import FlowRun

_ENTRYPOINT: Final = click.option(
    "--entrypoint", "-e", metavar="FILE:FLOW", help="Where the code is; unsaid, where the run recorded it."
)
_OVER: Final = frozenset({StateType.COMPLETED, StateType.FAILED, StateType.CANCELLED})


@click.command(cls=CommandWithExamples)
@positional("id", metavar="RUN")
@_ENTRYPOINT
@click.option("--strict", is_flag=True, help="Fail if the code does not make the recorded calls again.")
@output_options
def resume(id: str, entrypoint: str | None, strict: bool, output: Output) -> int:  # noqa: A002 - as the other commands
    """Go on with a run that was cut off or waits: Crashed, Paused, Suspended.

    It keeps its id. What completed is not done again, and what failed stays failed.
    """
    return _continue(id, entrypoint, output, retry=False, strict=strict)


@click.command(cls=CommandWithExamples)
@positional("id_or_name", metavar="RUN")
@_ENTRYPOINT
@output_options
def retry(id_or_name: str, entrypoint: str | None, output: Output) -> int:
    """Run again what a finished run did not complete, as another attempt under the same id."""
    return _continue(id_or_name, entrypoint, output, retry=True)


def _continue(handle: str, entrypoint: str | None, output: Output, *, retry: bool, strict: bool = False) -> int:
    with opened_home() as home:
        run = flow_run_of(home, typed(handle))
        if not retry and run.state_name == "Paused":
            run = _let_pass(home, run)
            if run.state_type is StateType.RUNNING:  # in the process that waited, not here
                tell_ending(home, run, output)
                return ExitCode.OK
    _check(run, retry=retry)
    # These bring the engine, which needs no loading to say that there is no such run.
    from tidemill.cli.code_of import flow_of  # noqa: PLC0415
    from tidemill.cli.foreground import run_to_end, running_here  # noqa: PLC0415
    from tidemill.engine.continuing import continue_run, parameters_of  # noqa: PLC0415

    flow = flow_of(run, entrypoint, "retry" if retry else "resume")
    with running_here() as (home, runtime):
        parameters = parameters_of(run, flow, home, runtime)

        def begin() -> Any:
            return continue_run(flow, run, home, runtime, retry=retry, parameters=parameters, strict=strict)

        try:
            return run_to_end(home, run.id, begin, output)
        except RunHeldError as error:
            raise Problem(str(error), hint=f"tidemill flow-run watch {run.id}") from error


def _let_pass(home: Home, run: FlowRun) -> FlowRun:
    """Resuming a paused run is leave to go on, wherever it waits."""
    assert run.state is not None
    if run.state.state_details.get("run_input_keyset"):
        raise Problem(
            f"flow run {run.name!r} asks for input, which a command cannot give",
            hint=f"from Python: tidemill.resume_flow_run({run.id!r}, run_input={{...}})",
        )
    try:
        after = home.store.resume_flow_run(run.id, home.clock.now_us())
    except NotPausedError as error:
        raise Problem(str(error), hint=f"tidemill flow-run inspect {run.id}") from error
    if after.state_type is StateType.FAILED and after.state is not None:
        raise Problem(
            f"flow run {run.name!r} cannot go on: {after.state.message}", hint=f"tidemill flow-run retry {run.id}"
        )
    return after


def _check(run: FlowRun, *, retry: bool) -> None:
    """What can be seen to be impossible before any code is loaded, with the command that was probably meant."""
    if run.is_subflow_run:
        raise Problem(
            f"flow run {run.name!r} is part of flow run {run.root_flow_run_id} and goes on with it",
            hint=f"tidemill flow-run {'retry' if retry else 'resume'} {run.root_flow_run_id}",
        )
    if not retry and run.state_type in _OVER:
        raise Problem(
            f"flow run {run.name!r} is {run.state_name}: there is nothing to go on with",
            hint=f"tidemill flow-run retry {run.id}",
        )
    if retry and run.state_type is StateType.PAUSED:
        raise Problem(f"flow run {run.name!r} is {run.state_name}", hint=f"tidemill flow-run resume {run.id}")
