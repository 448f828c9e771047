"""From a filter of events to SQL.

What SQL cannot tell (words in a text, labels with odd names) is left to ``event_matching``: SQL lets more pass then.

What an index leads to is asked besides what says it exactly, so that the one finds and the other tells.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

import msgspec

from tidemill.domain.events import FLOW_RUN, TASK_RUN
from tidemill.domain.states import to_us
from tidemill.store.asking import all_rows
from tidemill.store.event_matching import as_list, newest_first
from tidemill.store.event_resources import ABOUT, about, begins, can_be_asked, relating
from tidemill.store.event_rows import EVENT_FROM
from tidemill.store.finding import Bindings
from tidemill.store.rows import task_state_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tidemill.store.session import Session
    from tidemill.wire.events import (
        EventAnyResourceFilter,
        EventFilter,
        EventNameFilter,
        EventRelatedFilter,
        EventResourceFilter,
    )

R = TypeVar("R", "EventResourceFilter", "EventAnyResourceFilter", "EventRelatedFilter")

#: What only the tables that ``EVENT_FROM`` joins to events can tell.
_JOINED: Final = re.compile(r"(?<![.\w])(?:task_run|flow_run|flow|taken|work_queue|work_pool)\.\w")


class Narrowed(NamedTuple):
    """Conditions on ``EVENT_FROM``. ``exact``: they say all that the filter asks."""

    where: str
    bindings: Bindings
    exact: bool

    @property
    def joined(self) -> bool:
        """Whether the conditions speak of more than the table of events."""
        return _JOINED.search(self.where) is not None


def narrowed(session: Session, wanted: EventFilter) -> Narrowed:
    """The filter as SQL, as far as that goes."""
    bindings = Bindings()
    parts = [_occurred(wanted, bindings)]
    if wanted.id.id:
        parts.append(_ids(session, [str(one) for one in wanted.id.id], bindings))
    if wanted.event is not None:
        parts.append(_names(wanted.event, bindings))
    parts += _resources(wanted, bindings)
    where = " AND ".join(part for part in parts if part) or "true"
    exact = _is_exact(wanted)
    if exact and wanted.resource is not None and wanted.resource.distinct:
        where = _first_of_each(where, wanted)
    return Narrowed(where, bindings, exact)


def _resources(wanted: EventFilter, bindings: Bindings) -> Iterator[str]:
    own = wanted.resource
    if own is not None and own.id:
        yield _about(own.id, bindings)
    if own is not None and (own.id_prefix or own.labels):
        yield about(_without_odd_labels(own), bindings)
    for related in as_list(wanted.related):
        for ids in _ids_of(related):
            yield _relating(ids, bindings)
        if related.labels or related.role or related.resources_in_roles:
            yield relating(_without_odd_labels(related), bindings)
    for one in as_list(wanted.any_resource):
        if one.id:
            yield f"({_about(one.id, bindings)} OR {_relating(one.id, bindings)})"
        if one.id_prefix or one.labels:
            asked = _without_odd_labels(one)
            yield f"({about(asked, bindings)} OR {relating(asked, bindings)})"


def _is_exact(wanted: EventFilter) -> bool:
    own = wanted.resource
    labels = [one.labels for one in as_list(wanted.any_resource)] + [one.labels for one in as_list(wanted.related)]
    return wanted.text is None and all(map(can_be_asked, [*labels, None if own is None else own.labels]))


def _without_odd_labels(asked: R) -> R:
    """As far as SQL can tell it."""
    every = asked.labels or {}
    labels = {name: values for name, values in every.items() if can_be_asked({name: values})}
    return msgspec.structs.replace(asked, labels=labels or None)


def _first_of_each(where: str, wanted: EventFilter) -> str:
    """Of those, the first about each resource, in the filter's order."""
    way = "DESC" if newest_first(wanted) else "ASC"
    place = f"row_number() OVER (PARTITION BY {ABOUT} ORDER BY event.occurred_us {way}, event.seq {way})"
    every = f"SELECT event.seq AS seq, {place} AS place FROM {EVENT_FROM} WHERE {where}"
    return f"event.seq IN (SELECT ranked.seq FROM ({every}) AS ranked WHERE ranked.place = 1)"


def _ids_of(asked: EventRelatedFilter) -> Iterable[list[str]]:
    if asked.id:
        yield asked.id
    if asked.resources_in_roles:
        yield [id_ for id_, _ in asked.resources_in_roles]


def _occurred(wanted: EventFilter, bindings: Bindings) -> str:
    parts = []
    if wanted.occurred.since is not None:
        parts.append(f"event.occurred_us >= {bindings.bind(to_us(wanted.occurred.since))}")
    if wanted.occurred.until is not None:
        parts.append(f"event.occurred_us <= {bindings.bind(to_us(wanted.occurred.until))}")
    return " AND ".join(parts)


def _names(asked: EventNameFilter, bindings: Bindings) -> str:
    parts = []
    if asked.name:
        parts.append(f"event.name IN @listed({bindings.bind(asked.name)})")
    if asked.prefix:
        parts.append(begins("event.name", asked.prefix, bindings))
    if asked.exclude_name:
        parts.append(f"event.name NOT IN @listed({bindings.bind(asked.exclude_name)})")
    if asked.exclude_prefix:
        parts.append(f"NOT {begins('event.name', asked.exclude_prefix, bindings)}")
    return " AND ".join(parts)


def _about(ids: list[str], bindings: Bindings) -> str:
    """Through the indexes of all three kinds of events, each of which may be meant."""
    parts = [f"event.resource_id IN @listed({bindings.bind(ids)})"]
    for column, prefix in (("flow_run", FLOW_RUN), ("task_run", TASK_RUN)):
        if runs := _behind(prefix, ids):
            parts.append(
                f"event.{column} IN (SELECT seq FROM {column} AS it WHERE it.id IN @listed({bindings.bind(runs)}))"
            )
    return f"({' OR '.join(parts)})"


def _relating(ids: list[str], bindings: Bindings) -> str:
    parts = [f"event.seq IN (SELECT event FROM event_related WHERE resource_id IN @listed({bindings.bind(ids)}))"]
    if runs := _behind(FLOW_RUN, ids):
        parts.append(_of_task_runs("it.flow_run_id", runs, bindings))
    if tasks := _behind(TASK_RUN, ids):
        parts += [_of_task_runs("it.parent_task_run_id", tasks, bindings)]
        parts += [_of_flow_runs("it.parent_task_run_id", tasks, bindings)]
    for prefix, column in (("prefect.flow.", "flow_id"), ("prefect.deployment.", "deployment_id")):
        if found := _behind(prefix, ids):
            parts.append(_of_flow_runs(f"it.{column}", found, bindings))
            parts.append(_of_task_runs_within(f"its.{column}", found, bindings))
    if queues := _queues(ids, bindings):
        within = f"its.work_queue_id IN ({queues})"
        parts.append(f"event.flow_run IN (SELECT its.seq FROM flow_run AS its WHERE {within})")
        parts.append(
            "event.task_run IN (SELECT it.seq FROM task_run AS it JOIN flow_run AS its ON its.id = it.flow_run_id "
            f"WHERE {within})"
        )
    if tags := _behind("prefect.tag.", ids):
        for column in ("task_run.tags", "flow_run.tags"):
            values = f"@values(coalesce({column}, '[]'), tag)"
            parts.append(f"EXISTS (SELECT 1 FROM {values} WHERE tag.value IN @listed({bindings.bind(tags)}))")
    return f"({' OR '.join(parts)})"


def _queues(ids: list[str], bindings: Bindings) -> str:
    """The work queues that are meant, by themselves or by their pools."""
    parts = []
    if queues := _behind("prefect.work-queue.", ids):
        parts.append(f"queue.id IN @listed({bindings.bind(queues)})")
    if pools := _behind("prefect.work-pool.", ids):
        parts.append(f"queue.work_pool_id IN @listed({bindings.bind(pools)})")
    return f"SELECT queue.id FROM work_queue AS queue WHERE {' OR '.join(parts)}" if parts else ""


def _of_task_runs(column: str, ids: list[str], bindings: Bindings) -> str:
    return f"event.task_run IN (SELECT it.seq FROM task_run AS it WHERE {column} IN @listed({bindings.bind(ids)}))"


def _of_flow_runs(column: str, ids: list[str], bindings: Bindings) -> str:
    return f"event.flow_run IN (SELECT it.seq FROM flow_run AS it WHERE {column} IN @listed({bindings.bind(ids)}))"


def _of_task_runs_within(column: str, ids: list[str], bindings: Bindings) -> str:
    return (
        "event.task_run IN (SELECT it.seq FROM task_run AS it JOIN flow_run AS its ON its.id = it.flow_run_id "
        f"WHERE {column} IN @listed({bindings.bind(ids)}))"
    )


def _behind(prefix: str, ids: Iterable[str]) -> list[str]:
    return [one.removeprefix(prefix) for one in ids if one.startswith(prefix)]


#: A state's id has the beginning of its task run's.
_OF_STATE: Final = "SELECT seq, id FROM task_run WHERE id >= :first AND id <= :last"


def _ids(session: Session, ids: list[str], bindings: Bindings) -> str:
    parts = [
        f"event.id IN @listed({bindings.bind(ids)})",
        f"""event.seq IN (
            SELECT made.seq FROM flow_run_state AS state JOIN flow_run AS its ON its.id = state.flow_run_id
            JOIN event AS made ON made.flow_run = its.seq AND made.ordinal = state.ordinal
            WHERE state.id IN @listed({bindings.bind(ids)}))""",
    ]
    for id_ in ids:
        for seq, task_run_id in all_rows(session, _OF_STATE, {"first": id_[:-8], "last": f"{id_[:-8]}ffffffff"}):
            number = task_state_number(task_run_id, id_)
            if number is not None:
                same = f"event.task_run = {bindings.bind(seq)} AND event.ordinal = {bindings.bind(number)}"
                parts.append(f"({same} AND event.id IS NULL)")
    return f"({' OR '.join(parts)})"
