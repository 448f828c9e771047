"""``tidemill flow-run graph``."""

from __future__ import annotations

import click

from tidemill.cli.finding import flow_run_of
from tidemill.cli.home import opened_home
from tidemill.cli.output import Output, output_options
from tidemill.cli.parameters import positional
from tidemill.domain.runs import any_of


@click.command()
@positional("id", metavar="RUN")
@click.option("--dot", is_flag=True, help="As text for Graphviz, instead of Mermaid.")
@output_options
def graph(id: str, dot: bool, output: Output) -> None:  # noqa: A002 - as the other commands
    """Show which task runs of a flow run took values of which; a subflow run is one of them.

    The text is a Mermaid flowchart, which Markdown pages draw.
    """
    from tidemill.visualization import to_dot, to_mermaid  # noqa: PLC0415 - loads what draws
    from tidemill.visualization.graph import recorded_graph  # noqa: PLC0415 - as above

    with opened_home() as home:
        run = flow_run_of(home, id)
        found = recorded_graph(home.store.find_task_runs([any_of("flow_run_id", run.id)], limit=-1))
    if output.asked in {None, "table", "plain", "wide"} and not output.fields:
        click.echo(to_dot(found) if dot else to_mermaid(found), file=output.stream)
    else:
        output.item({"id": run.id, "nodes": found.nodes, "edges": found.edges}, key="id")
