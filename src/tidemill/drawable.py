"""What flows can do besides running: be drawn."""

from __future__ import annotations

from typing import Generic, ParamSpec

P = ParamSpec("P")


class Drawable(Generic[P]):
    """Something whose calls can be drawn without running them."""

    name: str

    def visualize(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Draw the calls that the flow makes with these arguments, as ``<name>.png`` here, and open the picture.

        The flow's own code runs; tasks and subflows do not, and nothing is recorded. A task gives its
        ``viz_return_value``, else something that can only be passed on. Needs the program ``dot`` of Graphviz.

        Raises ``GraphvizExecutableNotFoundError`` where that is missing, ``VisualizationUnsupportedError`` for pauses
        and other things that need a run, and whatever the flow raises.
        """
        from tidemill.visualization.drawing import graph_of, show  # noqa: PLC0415 - few programs draw

        show(graph_of(self, args, kwargs), self.name)

    async def avisualize(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """As ``visualize``, from async code; an async flow runs on this event loop."""
        from tidemill.visualization.drawing import agraph_of, ashow  # noqa: PLC0415 - as above

        await ashow(await agraph_of(self, args, kwargs), self.name)

    def generate_mermaid_graph(self, *args: P.args, **kwargs: P.kwargs) -> str:
        """The picture of ``visualize`` as a Mermaid flowchart, which Markdown pages show. Needs no other program."""
        from tidemill.visualization.drawing import graph_of  # noqa: PLC0415 - as above
        from tidemill.visualization.text import to_mermaid  # noqa: PLC0415

        return to_mermaid(graph_of(self, args, kwargs))

    async def agenerate_mermaid_graph(self, *args: P.args, **kwargs: P.kwargs) -> str:
        """As ``generate_mermaid_graph``, from async code; an async flow runs on this event loop."""
        from tidemill.visualization.drawing import agraph_of  # noqa: PLC0415 - as above
        from tidemill.visualization.text import to_mermaid  # noqa: PLC0415

        return to_mermaid(await agraph_of(self, args, kwargs))
