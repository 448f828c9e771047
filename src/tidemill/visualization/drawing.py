"""From a flow to its graph, and from a graph to a picture on the screen."""

from __future__ import annotations

import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tidemill.engine.context import enter, leave
from tidemill.exceptions import (
    FlowVisualizationError,
    GraphvizExecutableNotFoundError,
    VisualizationUnsupportedError,
)
from tidemill.visualization.surroundings import surroundings
from tidemill.visualization.text import to_dot
from tidemill.visualization.tracking import Tracker, TrackingRunner

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidemill.visualization.graph import RunGraph

_LONGEST_STEM: Final = 100  # file systems take no more than 255 bytes

__all__ = ["agraph_of", "ashow", "graph_of", "render", "show"]


def graph_of(flow: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> RunGraph:
    """The calls that a flow makes with these arguments: its own code runs, its tasks and subflows do not.

    What the flow raises is raised, with a note on tasks' values where those may be the reason.
    """
    if flow.isasync:
        from tidemill.engine.drivers.sync import run_awaitable  # noqa: PLC0415 - for async flows only

        graph: RunGraph = run_awaitable(agraph_of(flow, args, kwargs))
        return graph
    with _tracking(flow, args, kwargs) as (tracker, given):
        answer = flow.fn(*given[0], **given[1])
        if flow.isgenerator:
            for _ in answer:
                pass
    return tracker.graph


async def agraph_of(flow: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> RunGraph:
    """As ``graph_of``, on this event loop; a flow that is not async runs here all the same."""
    if not flow.isasync:
        return graph_of(flow, args, kwargs)
    with _tracking(flow, args, kwargs) as (tracker, given):
        answer = flow.fn(*given[0], **given[1])
        if flow.isgenerator:
            async for _ in answer:
                pass
        else:
            await answer
    return tracker.graph


def render(graph: RunGraph, path: Path) -> None:
    """Write a graph as a PNG file.

    Raises ``GraphvizExecutableNotFoundError`` without the program ``dot``, ``FlowVisualizationError`` if that fails.
    """
    import subprocess  # noqa: PLC0415 - for pictures only

    try:
        said = subprocess.run(  # noqa: S603 - no shell, and the text goes by stdin
            ["dot", "-Tpng", "-o", str(path)],  # noqa: S607 - wherever the user has installed it
            input=to_dot(graph).encode(),
            capture_output=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise GraphvizExecutableNotFoundError(
            "A picture needs Graphviz, whose program 'dot' is not on the PATH: install it (apt install graphviz, "
            "brew install graphviz, or https://graphviz.org/download). generate_mermaid_graph() needs nothing"
        ) from error
    if said.returncode:
        reason = said.stderr.decode(errors="replace").strip()
        raise FlowVisualizationError(f"'dot' could not draw {path.name}: {reason or f'exit code {said.returncode}'}")


def show(graph: RunGraph, name: str) -> None:
    """Write a graph to ``<name>.png`` in the working directory and open it in what shows pictures here."""
    import webbrowser  # noqa: PLC0415 - for pictures only

    stem = re.sub(r"[^\w.-]+", "-", name).lstrip(".-")[:_LONGEST_STEM] or "flow"
    path = Path(f"{stem}.png").resolve()
    render(graph, path)
    webbrowser.open(path.as_uri())


async def ashow(graph: RunGraph, name: str) -> None:
    """As ``show``, while the event loop goes on."""
    import asyncio  # noqa: PLC0415 - synchronous programs never load it

    await asyncio.to_thread(show, graph, name)


@contextmanager
def _tracking(flow: Any, args: Any, kwargs: Any) -> Iterator[tuple[Tracker, tuple[tuple[Any, ...], dict[str, Any]]]]:
    parameters = flow.signature.bind(args, kwargs)
    if flow.should_validate_parameters:
        parameters = flow.validate_parameters(parameters)
    tracker = Tracker()
    token = enter(surroundings(flow, parameters, tracker, TrackingRunner(tracker)))
    try:
        yield tracker, flow.signature.call_arguments(parameters)
    except VisualizationUnsupportedError:
        raise
    except Exception as error:
        if tracker.graph.nodes:
            error.add_note(
                f"Flow {flow.name!r} was only drawn, so its tasks gave no values. If it looks into what a task gives, "
                "say what to use instead: @task(viz_return_value=[1, 2, 3])"
            )
        raise
    finally:
        leave(token)
