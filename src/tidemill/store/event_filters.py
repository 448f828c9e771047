"""From a filter of events to SQL. What SQL cannot tell is left to ``event_matching``: then SQL lets too many pass."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from tidemill.domain.events import FLOW_RUN, TASK_RUN
from tidemill.domain.states import to_us
from tidemill.store.asking import all_rows
from tidemill.store.event_matching import as_list
from tidemill.store.finding import Bindings
from tidemill.store.rows import task_state_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tidemill.store.session import Session
    from tidemill.wire.events import EventFilter, EventNameFilter, EventRelatedFilter

#: What an event is about, whichever kind of row it is.
RESOURCE_ID: Final = f"coalesce(event.resource_id, '{TASK_RUN}' || task_run.id, '{FLOW_RUN}' || flow_run.id)"


class Narrowed(NamedTuple):
    """Conditions on ``EVENT_FROM``. ``exact``: they say all that the filter asks."""

    where: str
    bindings: Bindings
    exact: bool


def narrowed(session: Session, wanted: EventFilter) -> Narrowed:
    """The filter as SQL, as far as that goes."""
    bindings = Bindings()
    parts = [_occurred(wanted, bindings)]
    if wanted.id.id:
        parts.append(_ids(session, [str(one) for one in wanted.id.id], bindings))
    if wanted.event is not None:
        parts.append(_names(wanted.event, bindings))
    if wanted.resource is not None:
        if wanted.resource.id:
            parts.append(_about(wanted.resource.id, bindings))
        if wanted.resource.id_prefix:
            parts.append(_begins(RESOURCE_ID, wanted.resource.id_prefix, bindings))
    for related in as_list(wanted.related):
        parts += [_relating(ids, bindings) for ids in _ids_of(related)]
    for one in as_list(wanted.any_resource):
        if one.id:
            parts.append(f"({_about(one.id, bindings)} OR {_relating(one.id, bindings)})")
    return Narrowed(" AND ".join(part for part in parts if part) or "true", bindings, _is_exact(wanted))


def _is_exact(wanted: EventFilter) -> bool:
    resource = wanted.resource
    return (
        wanted.text is None
        and (resource is None or not (resource.labels or resource.distinct))
        and not any(one.labels or one.id_prefix for one in as_list(wanted.any_resource))
        and not any(one.labels or one.role or one.resources_in_roles for one in as_list(wanted.related))
    )


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
        parts.append(_begins("event.name", asked.prefix, bindings))
    if asked.exclude_name:
        parts.append(f"event.name NOT IN @listed({bindings.bind(asked.exclude_name)})")
    if asked.exclude_prefix:
        parts.append(f"NOT {_begins('event.name', asked.exclude_prefix, bindings)}")
    return " AND ".join(parts)


def _begins(column: str, beginnings: Sequence[str], bindings: Bindings) -> str:
    parts = [f"substr({column}, 1, {len(one)}) = {bindings.bind(one)}" for one in beginnings]
    return f"({' OR '.join(parts)})" if parts else "false"


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
