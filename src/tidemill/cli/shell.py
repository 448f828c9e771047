"""``tidemill shell``: commands of the shell as flows."""

from __future__ import annotations

import click

from tidemill.cli.examples import CommandWithExamples
from tidemill.cli.lazy import CommandGroup
from tidemill.cli.output import Output, output_options
from tidemill.cli.parameters import none_of, positional


@click.group(cls=CommandGroup)
def shell() -> None:
    """Run commands of the shell as flows, observed."""


@shell.command(cls=CommandWithExamples)
@positional("command")
@click.option("--log-output/--no-log-output", default=True, help="Keep what it prints as the run's log.")
@click.option("--stream-stdout/--no-stream-stdout", default=True, help="Log each line as it comes, not all at the end.")
@click.option("--flow-name", default="Shell Command", show_default=True, help="The flow's name.")
@click.option("--flow-run-name", metavar="NAME", help="The run's name.")
@click.option("--tag", multiple=True, metavar="TAG", help="A tag of the run; may be repeated.")
@none_of("tag")
@output_options
def watch(
    command: str,
    log_output: bool,
    stream_stdout: bool,
    flow_name: str,
    flow_run_name: str | None,
    tag: tuple[str, ...],
    output: Output,
) -> int:
    """Run a command here and now, as a flow. The exit code is 0 if it went well, else 1."""
    # Typing a wrong command must not load the engine.
    from tidemill import tags  # noqa: PLC0415
    from tidemill.cli.foreground import run_to_end, running_here  # noqa: PLC0415
    from tidemill.cli.shell_flow import shell_command  # noqa: PLC0415
    from tidemill.engine.flow_calls import FlowCall  # noqa: PLC0415
    from tidemill.engine.flow_run import flow_run  # noqa: PLC0415
    from tidemill.engine.running import door, whole_state  # noqa: PLC0415

    flow = shell_command.with_options(name=flow_name, flow_run_name=flow_run_name or shell_command.flow_run_name)
    parameters = {"command": command, "log_output": log_output, "stream_stdout": stream_stdout}
    with running_here() as (home, runtime), tags(*tag):
        call = FlowCall(flow, parameters, run_id=runtime.new_id())
        begin = door(flow, return_state=True, root=True)
        return run_to_end(home, call.run_id, lambda: begin(flow_run(call), runtime, whole_state), output)
