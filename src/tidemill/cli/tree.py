"""What a run consists of, folded: one branch for each task and subflow, however often it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tidemill.domain.runs import Tally
    from tidemill.domain.states import StateType


class Branch(NamedTuple):
    """All runs of one task within one flow, or of one subflow, by type of state."""

    name: str
    depth: int
    counts: dict[StateType, int]
    is_flow: bool = False

    @property
    def total(self) -> int:
        """How many runs there are so far."""
        return sum(self.counts.values())


def branches(tallies: Iterable[Tally], flow_name: str) -> list[Branch]:
    """The tasks of the flow itself, then each subflow with its tasks below it."""
    flows: dict[str, Branch] = {}
    tasks: dict[tuple[str, str], Branch] = {}
    for tally in tallies:
        if tally.task_key is None:
            branch = flows.setdefault(tally.flow_name, Branch(tally.flow_name, 0, {}, is_flow=True))
        else:
            place = (tally.flow_name, tally.task_key)
            own = tally.flow_name == flow_name
            branch = tasks.setdefault(place, Branch(task_name(tally.task_key), 0 if own else 1, {}))
        branch.counts[tally.state_type] = branch.counts.get(tally.state_type, 0) + tally.count
    ordered = _tasks_of(flow_name, tasks)
    for name, branch in flows.items():
        ordered += [branch, *(_tasks_of(name, tasks) if name != flow_name else ())]
    return ordered


def _tasks_of(flow_name: str, tasks: dict[tuple[str, str], Branch]) -> list[Branch]:
    return [branch for (flow, _), branch in tasks.items() if flow == flow_name]


def task_name(task_key: str) -> str:
    """A task's key is its name and a hash of where it was defined."""
    return task_key.rpartition("-")[0] or task_key
