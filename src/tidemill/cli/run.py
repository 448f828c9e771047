"""``tidemill run``: a flow, here and now."""

from __future__ import annotations

import click

from tidemill.cli.examples import CommandWithExamples
from tidemill.cli.output import Output, output_options
from tidemill.cli.parameters import positional


@click.command(cls=CommandWithExamples)
@positional("entrypoint", metavar="FILE:FLOW")
@click.option("--param", "-p", "param", multiple=True, metavar="NAME=VALUE", help="A parameter: JSON, or else text.")
@click.option("--params", metavar="JSON", help="Parameters as a JSON object; - reads it from stdin.")
@output_options
def run(entrypoint: str, param: tuple[str, ...], params: str | None, output: Output) -> int:
    """Run a flow here and now. The exit code is 0 if it completed, else 1, and 130 if it was interrupted.

    FILE:FLOW is path/to/file.py:name or package.module:name; the name of a file's only flow may be left out.
    """
    # Typing a wrong command must not load the engine.
    from tidemill.cli.code_of import flow_at  # noqa: PLC0415
    from tidemill.cli.foreground import run_to_end, running_here  # noqa: PLC0415
    from tidemill.cli.run_parameters import parameters_from  # noqa: PLC0415
    from tidemill.engine.flow_calls import FlowCall  # noqa: PLC0415
    from tidemill.engine.flow_run import flow_run  # noqa: PLC0415
    from tidemill.engine.running import door, whole_state  # noqa: PLC0415

    flow = flow_at(entrypoint)
    parameters = parameters_from(flow, param, params)
    with running_here() as (home, runtime):
        call = FlowCall(flow, parameters, run_id=runtime.new_id())
        begin = door(flow, return_state=True, root=True)
        return run_to_end(home, call.run_id, lambda: begin(flow_run(call), runtime, whole_state), output)
