"""What stands between a run that has not begun and its beginning: each gate looked at, in the order in which it comes.

A gate that is shut says what to do; one that is open says nothing. The first that is shut is why the run waits.
"""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING, Any, NamedTuple

from tidemill.api.client.refused import NotAllowedError, NotThereError
from tidemill.api.operations import deployments, flow_runs, services, work_pools, work_queues
from tidemill.cli.moments import ago, local, span
from tidemill.domain.states import StateType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from tidemill.api.client.client import Client
    from tidemill.api.operation import Operation

_FEW = 3
_WAITS_FOR_SLOT = "AwaitingConcurrencySlot"


class Gate(NamedTuple):
    """One gate: ``shut`` is what is in the way, None where nothing is; ``hint`` is the command that helps."""

    name: str
    shut: str | None = None
    hint: str | None = None


class Standing(NamedTuple):
    """A run with what it belongs to, as far as that is there; times are compared with ``now``."""

    run: Any
    now: datetime
    deployment: Any = None
    pool: Any = None
    queue: Any = None
    workers: tuple[Any, ...] = ()


def gates_of(api: Client, run_id: str, now: datetime) -> list[Gate]:
    """Every gate before a run; none for a run that nobody hands out."""
    run = _asked(api, flow_runs.READ_FLOW_RUN, id=run_id)
    if run is None:
        return []
    standing = _standing(api, run, now)
    return [gate(api, standing) for gate in _GATES] if standing.deployment or standing.pool else []


def _standing(api: Client, run: Any, now: datetime) -> Standing:
    deployment = _asked(api, deployments.READ_DEPLOYMENT, id=run.deployment_id) if run.deployment_id else None
    name = run.work_pool_name or getattr(deployment, "work_pool_name", None)
    pool = _asked(api, work_pools.READ_WORK_POOL, name=name) if name else None
    queue_id = run.work_queue_id or getattr(deployment, "work_queue_id", None)
    queue = _asked(api, work_queues.READ_WORK_QUEUE, id=queue_id) if queue_id else None
    workers = tuple(_asked(api, work_pools.READ_WORKERS, work_pool_name=name) or ()) if pool else ()
    return Standing(run, now, deployment, pool, queue, workers)


def _asked(api: Client, operation: Operation, **path: Any) -> Any:
    try:
        return api.ask(operation, **path)
    except NotThereError:
        return None


def _deployment(_: Client, at: Standing) -> Gate:
    if at.deployment is None:
        gone = "Its deployment was deleted, and nobody knows any more how to run it" if at.run.deployment_id else None
        return Gate("deployment", gone, f"tidemill flow-run delete {at.run.id}" if gone else None)
    if at.deployment.paused and at.run.auto_scheduled:
        data = """--data '{"paused": false}'"""
        return Gate(
            "deployment",
            f"Deployment {at.deployment.name!r} is paused, and a schedule of it made this run",
            f"tidemill api patch /deployments/{at.deployment.id} {data}",
        )
    return Gate("deployment")


def _time(_: Client, at: Standing) -> Gate:
    due = at.run.next_scheduled_start_time or at.run.expected_start_time
    if at.run.state_type != StateType.SCHEDULED.value or due is None or due <= at.now:
        return Gate("scheduled time")
    if at.run.state_name == _WAITS_FOR_SLOT and _deployment_is_full(at):
        return Gate("scheduled time")  # it is when it is tried again, and that is not what it waits for
    what = f"It is to begin in {span(due - at.now)}, at {local(due)}"
    return Gate("scheduled time", what, f"tidemill flow-run watch {at.run.id}")


def _pool(_: Client, at: Standing) -> Gate:
    if at.pool is None:
        name, id_ = (at.deployment.name, at.deployment.id) if at.deployment is not None else ("", "")
        data = """--data '{"work_pool_name": "POOL"}'"""
        return Gate(
            "work pool",
            f"Deployment {name!r} has no work pool: a process that serves it has to take the run",
            f"tidemill api patch /deployments/{id_} {data}, or start that process",
        )
    if at.pool.is_paused:
        name = at.pool.name
        return Gate("work pool", f"Work pool {name!r} is paused", f"tidemill work-pool resume {quote(name)}")
    return Gate("work pool")


def _queue(_: Client, at: Standing) -> Gate:
    if at.queue is None or not at.queue.is_paused:
        return Gate("work queue")
    hint = f"tidemill work-queue resume {quote(at.queue.name)}{_in_pool(at)}"
    return Gate("work queue", f"Work queue {at.queue.name!r} is paused", hint)


def _worker(_: Client, at: Standing) -> Gate:
    if at.pool is None or any(worker.status == "ONLINE" for worker in at.workers):
        return Gate("worker")
    last = max((each.last_heartbeat_time for each in at.workers if each.last_heartbeat_time), default=None)
    heard = f"; the last one was heard of {ago(last, at.now)}" if last is not None else ""
    return Gate(
        "worker",
        f"No worker of work pool {at.pool.name!r} is online{heard}",
        f"tidemill worker start --pool {quote(at.pool.name)}",
    )


def _pool_limit(api: Client, at: Standing) -> Gate:
    if _has_slots(at) or not _is_full(at.pool):
        return Gate("limit of the pool")
    limit, name = at.pool.concurrency_limit, at.pool.name
    who = _under_way(api, work_pools={"name": {"any_": [name]}})
    return Gate(
        "limit of the pool",
        f"Work pool {name!r} is full: {at.pool.active_slots} of {limit} runs are under way{who}",
        f"tidemill work-pool set-concurrency-limit {quote(name)} {limit + 1}",
    )


def _queue_limit(api: Client, at: Standing) -> Gate:
    if _has_slots(at) or not _is_full(at.queue):
        return Gate("limit of the queue")
    limit, name = at.queue.concurrency_limit, at.queue.name
    who = _under_way(api, work_pool_queues={"id": {"any_": [at.queue.id]}})
    return Gate(
        "limit of the queue",
        f"Work queue {name!r} is full: {at.queue.active_slots} of {limit} runs are under way{who}",
        f"tidemill work-queue set-concurrency-limit {quote(name)} {limit + 1}{_in_pool(at)}",
    )


def _deployment_limit(api: Client, at: Standing) -> Gate:
    if _has_slots(at) or not _deployment_is_full(at):
        return Gate("limit of the deployment")
    limit = at.deployment.global_concurrency_limit
    who = _under_way(api, flow_runs={"deployment_id": {"any_": [at.deployment.id]}})
    return Gate(
        "limit of the deployment",
        f"Deployment {at.deployment.name!r} is full: {limit.active_slots} of {limit.limit} runs are under way{who}",
        f"tidemill gcl update {quote(limit.name)} --limit {limit.limit + 1}",
    )


def _services(api: Client, at: Standing) -> Gate:
    """Slots of runs whose process is gone come free by a service, and nobody else frees them."""
    full = _is_full(at.pool) or _is_full(at.queue) or _deployment_is_full(at)
    if not full or _has_slots(at):
        return Gate("services")
    try:
        led = any(service.is_led for service in api.ask(services.LIST_SERVICES))
    except NotAllowedError:
        led = True  # nobody who may not look can do anything about it
    if led:
        return Gate("services")
    what = "No server does what has to be done by itself: slots of runs whose process is gone stay taken"
    return Gate("services", what, "tidemill server services start")


def _taken(_: Client, at: Standing) -> Gate:
    if at.run.state_name == "Late":
        due = at.run.expected_start_time
        return Gate(
            "late",
            f"It is late: it was to begin {ago(due, at.now)}, and nobody has taken it",
            f"tidemill work-pool inspect {quote(at.pool.name)}" if at.pool is not None else None,
        )
    if at.run.state_type == StateType.PENDING.value:
        since = at.run.state.timestamp if at.run.state is not None else None
        what = f"A worker took it {ago(since, at.now)}, and what it runs on is not there yet"
        return Gate("taken", what, f"tidemill flow-run logs {at.run.id}")
    return Gate("taken")


_GATES: tuple[Callable[[Client, Standing], Gate], ...] = (
    _deployment,
    _time,
    _pool,
    _queue,
    _worker,
    _pool_limit,
    _queue_limit,
    _deployment_limit,
    _services,
    _taken,
)


def _has_slots(at: Standing) -> bool:
    """Whether the run is among those that are counted: somebody took it, and its slots with it."""
    return bool(at.run.state_type == StateType.PENDING.value)


def _deployment_is_full(at: Standing) -> bool:
    limit = getattr(at.deployment, "global_concurrency_limit", None)
    return limit is not None and limit.active and limit.active_slots >= limit.limit


def _is_full(limited: Any) -> bool:
    limit = getattr(limited, "concurrency_limit", None)
    return limit is not None and (limited.active_slots or 0) >= limit


def _in_pool(at: Standing) -> str:
    return f" --pool {quote(at.pool.name)}" if at.pool is not None else ""


def _under_way(api: Client, **wanted: Any) -> str:
    """Who has the slots, in words."""
    states = {"state": {"type": {"any_": ["PENDING", "RUNNING", "CANCELLING"]}}}
    body = {**wanted, "flow_runs": {**wanted.get("flow_runs", {}), **states}}
    names = list(_names(api, body))
    more = ", …" if len(names) > _FEW else ""
    return f" ({', '.join(names[:_FEW])}{more})" if names else ""


def _names(api: Client, body: dict[str, Any]) -> Iterator[str]:
    for run in api.pages(flow_runs.READ_FLOW_RUNS, limit=_FEW + 1, body=body):
        yield repr(run.name)
