"""Flows as pictures: what calls what with whose values, found out without running a task, or read from a record."""

from __future__ import annotations

from tidemill.visualization.graph import Edge, Node, RunGraph
from tidemill.visualization.text import to_dot, to_mermaid

__all__ = ["Edge", "Node", "RunGraph", "to_dot", "to_mermaid"]
