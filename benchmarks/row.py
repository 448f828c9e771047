"""What one row of the table is, and what a process of it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from benchmarks.sides import Side

Figures = dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure of a row. ``budget`` is the bar of the architecture's table, as text."""

    unit: str
    better: Literal["higher", "lower"] = "lower"
    budget: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row: what it measures, at which sizes, and how.

    ``inside`` runs in a process of its own with the side's package and the sizes, and answers with figures.
    ``outside`` runs in the harness, for what can only be seen from there: whole processes, kills, environments.
    The peer gets smaller sizes where ours would take it minutes; both are printed.
    """

    title: str
    metrics: Mapping[str, Metric]
    inside: Callable[..., Figures] | None = None
    outside: Callable[..., Figures] | None = None
    ours: Mapping[str, Any] = field(default_factory=dict)
    peer: Mapping[str, Any] = field(default_factory=dict)
    repeats: int | None = None
    with_bare: bool = False

    def sizes(self, side: Side) -> dict[str, Any]:
        """The sizes that a side runs with."""
        return dict(self.peer if side.name == "peer" and self.peer else self.ours)
