"""What an event's resources must be, as SQL: by id, role and labels, for told events and those made from runs' rows.

A told event has its resources as JSON. Those of a run's state are put together from the rows that ``EVENT_FROM`` joins,
as ``event_rows`` does; here each of them is a handful of expressions.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from tidemill.domain.events import LONGEST_MESSAGE, RESOURCE_ID, RESOURCE_NAME, RESOURCE_ROLE
from tidemill.store.fields import bound

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tidemill.store.finding import Bindings
    from tidemill.wire.events import (
        EventAnyResourceFilter,
        EventRelatedFilter,
        EventResourceFilter,
        ResourceSpecification,
    )

    Asked = EventAnyResourceFilter | EventRelatedFilter | EventResourceFilter

#: What an event is about, whichever kind of row it is.
ABOUT: Final = "coalesce(event.resource_id, 'prefect.task-run.' || task_run.id, 'prefect.flow-run.' || flow_run.id)"
#: A label that no database takes for a path.
_PLAIN: Final = re.compile(r"[A-Za-z_][\w.:/-]*", re.ASCII)
#: Its text is made from a time, in Python.
_NOT_IN_SQL: Final = "prefect.state-timestamp"

_IS_LAST: Final = "event.ordinal = @length(task_run.past_states)"


def _of_state(number: int, column: str) -> str:
    """What a task run's state has: the present one in a column, one before it in the list of past ones."""
    past = f"SELECT CAST(@field(past, $[{number}], text) AS text) FROM @each(task_run.past_states, past)"
    return (
        "CASE WHEN event.task_run IS NULL THEN NULL "
        f"WHEN {_IS_LAST} THEN CAST(task_run.{column} AS text) "
        f"ELSE CAST(({past} WHERE @place(past) = event.ordinal) AS text) END"
    )


def _message() -> str:
    said = f"coalesce(taken.message, {_of_state(2, 'state_message')}, '')"
    return f"CASE WHEN event.resource IS NULL THEN substr({said}, 1, {LONGEST_MESSAGE}) END"


#: The labels of the run that an event is about.
_OF_RUN: Final[Mapping[str, str]] = {
    RESOURCE_ID: ABOUT,
    RESOURCE_NAME: "CASE WHEN event.task_run IS NULL THEN flow_run.name ELSE task_run.name END",
    "prefect.run-count": f"coalesce(CAST(taken.run_count AS text), {_of_state(4, 'run_count')})",
    "prefect.state-message": _message(),
    "prefect.state-name": f"coalesce(taken.name, {_of_state(1, 'state_name')})",
    "prefect.state-type": f"coalesce(taken.type, {_of_state(0, 'state_type')})",
    "prefect.orchestration": "CASE WHEN event.task_run IS NOT NULL THEN 'client' END",
}
_NAME_OF_PARENT: Final = "(SELECT its.name FROM task_run AS its WHERE its.id = flow_run.parent_task_run_id)"
#: What a run has to do with: role, id and name, NULL where there is none.
_THINGS: Final = (
    ("flow-run", "CASE WHEN event.task_run IS NOT NULL THEN flow_run.id END", "flow_run.name"),
    ("flow", "flow.id", "flow.name"),
    (
        "deployment",
        "flow_run.deployment_id",
        "(SELECT its.name FROM deployment AS its WHERE its.id = flow_run.deployment_id)",
    ),
    ("work-queue", "work_queue.id", "work_queue.name"),
    ("work-pool", "work_pool.id", "work_pool.name"),
    (
        "task-run",
        "CASE WHEN event.task_run IS NULL THEN flow_run.parent_task_run_id ELSE task_run.parent_task_run_id END",
        f"CASE WHEN event.task_run IS NULL THEN {_NAME_OF_PARENT} END",
    ),
)


class _Resource(NamedTuple):
    """One resource: its labels as expressions. ``rest``: the expression of any other label; None: it has no other."""

    labels: Mapping[str, str]
    rest: str | None = None

    def label(self, name: str) -> str | None:
        """What stands for a label; None where the resource has none of that name."""
        known = self.labels.get(name)
        told = None if self.rest is None else self.rest.format(name)
        if known is None or told is None:
            return known or told
        return f"coalesce({told}, {known})"


_OWN: Final = _Resource(_OF_RUN, "@get(event.resource, '{}', text)")
_TOLD: Final = _Resource({}, "@get(other.value, '{}', text)")


def can_be_asked(labels: ResourceSpecification | None) -> bool:
    """Whether SQL can tell what these labels are."""
    return all(_PLAIN.fullmatch(name) and name != _NOT_IN_SQL for name in labels or ())


def about(asked: EventResourceFilter | EventAnyResourceFilter, bindings: Bindings) -> str:
    """That the event is about what is asked for."""
    return _meant(_OWN, asked, bindings)


def relating(asked: EventRelatedFilter | EventAnyResourceFilter, bindings: Bindings) -> str:
    """That one of those that the event has to do with is what is asked for."""
    told = f"SELECT 1 FROM @each(coalesce(event.related, '[]'), other) WHERE {_meant(_TOLD, asked, bindings)}"
    parts = [f"EXISTS ({told})"]
    for role, id_, name in _THINGS:
        labels = {RESOURCE_ID: f"('prefect.{role}.' || {id_})", RESOURCE_ROLE: f"'{role}'", RESOURCE_NAME: name}
        parts.append(f"({id_} IS NOT NULL AND {_meant(_Resource(labels), asked, bindings)})")
    tag = _Resource({RESOURCE_ID: "('prefect.tag.' || tag.value)", RESOURCE_ROLE: "'tag'"})
    parts += [
        f"EXISTS (SELECT 1 FROM @values(coalesce({tags}, '[]'), tag) WHERE {_meant(tag, asked, bindings)})"
        for tags in ("task_run.tags", "flow_run.tags")
    ]
    return f"({' OR '.join(part for part in parts if part)})"


def _meant(one: _Resource, asked: Asked, bindings: Bindings) -> str:
    """All that is asked of one resource."""
    id_, role = one.label(RESOURCE_ID), one.label(RESOURCE_ROLE)
    parts = []
    if asked.id:
        parts.append(f"{id_} IN @listed({bindings.bind(asked.id)})")
    if beginnings := getattr(asked, "id_prefix", None):
        parts.append(begins(str(id_), beginnings, bindings))
    if roles := getattr(asked, "role", None):
        parts.append(f"{role} IN @listed({bindings.bind(roles)})")
    if pairs := getattr(asked, "resources_in_roles", None):
        parts.append(f"({id_}, {role}) IN @pairs({bindings.bind(bound(pairs))})")
    for name, values in (asked.labels or {}).items():
        parts.append(_has_value(one.label(name), [values] if isinstance(values, str) else values, bindings))
    return f"({' AND '.join(parts) or 'true'})"


def _has_value(value: str | None, asked: Sequence[str], bindings: Bindings) -> str:
    """As ``event_matching`` has it: one of these, none of those behind a ``!``; a ``*`` at the end is any rest."""
    wanted = [one for one in asked if not one.startswith("!")]
    unwanted = [one[1:] for one in asked if one.startswith("!")]
    if value is None:
        return "true" if unwanted and not wanted else "false"
    parts = [] if unwanted and not wanted else [f"{value} IS NOT NULL"]
    if wanted:
        parts.append(_fits(value, wanted, bindings))
    if unwanted:
        parts.append(f"({value} IS NULL OR NOT {_fits(value, unwanted, bindings)})")
    return f"({' AND '.join(parts)})"


def _fits(value: str, patterns: Sequence[str], bindings: Bindings) -> str:
    whole = [one for one in patterns if not one.endswith("*")]
    parts = [f"{value} IN @listed({bindings.bind(whole)})"] if whole else []
    if beginnings := [one[:-1] for one in patterns if one.endswith("*")]:
        parts.append(begins(value, beginnings, bindings))
    return f"({' OR '.join(parts)})"


def begins(column: str, beginnings: Iterable[str], bindings: Bindings) -> str:
    """That a text begins with one of these."""
    parts = [f"substr({column}, 1, {len(one)}) = {bindings.bind(one)}" for one in beginnings]
    return f"({' OR '.join(parts)})" if parts else "false"
