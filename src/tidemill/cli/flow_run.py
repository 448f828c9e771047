"""``tidemill flow-run``: its commands, loaded when they are called."""

from __future__ import annotations

import click

from tidemill.cli.lazy import Entry, LazyGroup

_HERE = "tidemill.cli"


@click.group(
    cls=LazyGroup,
    entries=(
        Entry("ls", f"{_HERE}.flow_run_ls:ls", "List flow runs, the newest first."),
        Entry("inspect", f"{_HERE}.flow_run_inspect:inspect", "Show everything about a flow run."),
        Entry("logs", f"{_HERE}.run_logs:flow_run_logs", "Show what a flow run logged."),
        Entry("graph", f"{_HERE}.flow_run_graph:graph", "Show which task runs took values of which."),
        Entry("watch", f"{_HERE}.flow_run_watch:watch", "Follow a flow run until it ends."),
        Entry("resume", f"{_HERE}.flow_run_continue:resume", "Go on with a run that was cut off or waits."),
        Entry("retry", f"{_HERE}.flow_run_continue:retry", "Run again what a finished run did not complete."),
        Entry("cancel", f"{_HERE}.flow_run_cancel:cancel", "Ask a flow run to end, in whichever process it is."),
        Entry("delete", f"{_HERE}.flow_run_delete:delete", "Delete a flow run with all that belongs to it."),
    ),
)
def flow_run() -> None:
    """List, inspect, follow, resume, retry, cancel and delete flow runs.

    A RUN is an id, the beginning of one, a name, @last, or - for a line of stdin.
    """
