"""A graph as text that other programs draw: Mermaid for Markdown pages, DOT for Graphviz."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tidemill.visualization.graph import Node, RunGraph

__all__ = ["to_dot", "to_mermaid"]

#: Words that end or begin something in Mermaid, so that no node can be called so.
_MERMAID_WORDS: Final = frozenset(
    {"call", "class", "classdef", "click", "default", "direction", "end", "flowchart", "graph", "href", "linkstyle"}
    | {"style", "subgraph"}
)
#: What would end a label or be read as markup there; Mermaid writes characters as ``#35;``.
_MERMAID_MARKUP: Final = re.compile(r"[#\"`<>&\\]")
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


def to_mermaid(graph: RunGraph) -> str:
    """A Mermaid flowchart, top down; subflows have double sides. Ids of nodes are made of their names."""
    ids = _readable_ids(graph.nodes)
    lines = ["flowchart TD"]
    for node in graph.nodes:
        label = _MERMAID_MARKUP.sub(lambda found: f"#{ord(found[0])};", _label(node))
        lines.append(f'    {ids[node.id]}[["{label}"]]' if node.kind == "flow" else f'    {ids[node.id]}["{label}"]')
    lines += [f"    {ids[source]} --> {ids[target]}" for source, target in graph.arrows()]
    return "\n".join(lines)


def to_dot(graph: RunGraph) -> str:
    """A directed graph for Graphviz; subflows are boxes with double sides."""
    lines = ["digraph {", "    node [shape=box]"]
    for node in graph.nodes:
        shape = ", shape=box, peripheries=2" if node.kind == "flow" else ""
        lines.append(f"    {_quoted(node.id)} [label={_quoted(_label(node))}{shape}]")
    lines += [f"    {_quoted(source)} -> {_quoted(target)}" for source, target in graph.arrows()]
    return "\n".join([*lines, "}"])


def _label(node: Node) -> str:
    name = node.name if node.state is None else f"{node.name} ({node.state})"
    return _CONTROLS.sub(" ", name)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _readable_ids(nodes: tuple[Node, ...]) -> dict[str, str]:
    ids: dict[str, str] = {}
    taken: set[str] = set()
    counts: dict[str, int] = {}
    for node in nodes:
        wanted = re.sub(r"[^A-Za-z0-9_]", "_", node.name) or "_"
        chosen = wanted
        while chosen in taken or chosen.lower() in _MERMAID_WORDS:
            counts[wanted] = counts.get(wanted, 0) + 1
            chosen = f"{wanted}_{counts[wanted]}"
        taken.add(chosen)
        ids[node.id] = chosen
    return ids
