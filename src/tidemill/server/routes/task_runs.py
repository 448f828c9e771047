"""Task runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import UNSET

from tidemill.api.operations import task_runs as operations
from tidemill.domain.states import StateType, to_us
from tidemill.server.calls import Answer
from tidemill.server.judging import circumstances, proposed, result
from tidemill.server.paging import page_of
from tidemill.server.refusals import not_valid
from tidemill.server.serving import Routes
from tidemill.store.made_task_runs import NewTaskRun
from tidemill.store.nouns import wanted_by
from tidemill.wire.states import StateCreate
from tidemill.wire.task_runs import TaskRun, TaskRunCreate, TaskRunPaginationResponse, TaskRunResponse, TaskRunUpdate

if TYPE_CHECKING:
    from tidemill.server.calls import Call

routes: Final = Routes()
_MOST_DELAYS: Final = 50
_PENDING: Final = StateCreate(type=StateType.PENDING)


@routes.serves(operations.CREATE_TASK_RUN)
def create_task_run(call: Call, body: TaskRunCreate) -> Answer:
    """A task run in its first state; the one that there is for its flow run, task and dynamic key."""
    _check(call, body)
    new = NewTaskRun(
        id=call.new_id() if body.id is None else str(body.id),
        flow_run_id=None if body.flow_run_id is None else str(body.flow_run_id),
        name=body.name if body.name is not UNSET and body.name else f"{body.task_key}-{body.dynamic_key}",
        task_key=body.task_key,
        dynamic_key=body.dynamic_key,
        tags=body.tags,
        labels=body.labels or {},
        empirical_policy=body.empirical_policy,
        task_inputs=msgspec.to_builtins(body.task_inputs),
        task_version=body.task_version,
        cache_key=body.cache_key,
        cache_expiration_us=None if body.cache_expiration is None else to_us(body.cache_expiration),
    )
    run, made = call.store.make_task_run(new, proposed(call, body.state or _PENDING), circumstances(call))
    return Answer(run, status=201 if made else 200)


def _check(call: Call, body: TaskRunCreate) -> None:
    """What clients of this API refuse to read they shall not be able to write."""
    longest = call.settings.server.tasks.max_cache_key_length
    if body.cache_key is not None and len(body.cache_key) > longest:
        raise not_valid("body", f"expected at most {longest} characters, got {len(body.cache_key)}", "cache_key")
    delays, jitter = body.empirical_policy.retry_delay, body.empirical_policy.retry_jitter_factor
    if isinstance(delays, list) and len(delays) > _MOST_DELAYS:
        message = f"expected at most {_MOST_DELAYS} delays, got {len(delays)}"
        raise not_valid("body", message, "empirical_policy", "retry_delay")
    if jitter is not None and jitter < 0:
        raise not_valid("body", f"expected zero or more, got {jitter}", "empirical_policy", "retry_jitter_factor")


@routes.serves(operations.READ_TASK_RUN)
def read_task_run(call: Call, id: str) -> TaskRun:  # noqa: A002 - the path's name for it
    """A task run by id."""
    return call.store.get_task_run(id, call.now)


@routes.serves(operations.READ_TASK_RUNS)
def read_task_runs(call: Call, body: operations.ReadTaskRuns) -> list[TaskRun]:
    """Task runs by filter."""
    limit = call.limit(body.limit)
    return call.store.list_task_runs(wanted_by(body), now=call.now, limit=limit, offset=body.offset, sort=body.sort)


@routes.serves(operations.COUNT_TASK_RUNS)
def count_task_runs(call: Call, body: operations.CountTaskRuns) -> int:
    """How many there are."""
    return call.store.count_listed_task_runs(wanted_by(body))


@routes.serves(operations.PAGINATE_TASK_RUNS)
def paginate_task_runs(call: Call, body: operations.PaginateTaskRuns) -> TaskRunPaginationResponse:
    """A page of task runs, with a part of what they say."""
    wanted = wanted_by(body)
    page = page_of(call, body.limit, body.page, call.store.count_listed_task_runs(wanted))
    found = call.store.list_task_runs(wanted, now=call.now, limit=page.limit, offset=page.offset, sort=body.sort)
    return TaskRunPaginationResponse(
        count=page.count, limit=page.limit, page=page.page, pages=page.pages, results=[_part(run) for run in found]
    )


def _part(run: TaskRun) -> TaskRunResponse:
    return TaskRunResponse(**{name: getattr(run, name) for name in TaskRunResponse.__struct_fields__})


@routes.serves(operations.UPDATE_TASK_RUN)
def update_task_run(call: Call, id: str, body: TaskRunUpdate) -> None:  # noqa: A002 - the path's name for it
    """Change a task run's name."""
    call.store.rename_task_run(id, None if body.name is UNSET else body.name)


@routes.serves(operations.DELETE_TASK_RUN)
def delete_task_run(call: Call, id: str) -> None:  # noqa: A002 - the path's name for it
    """Delete a task run with its logs."""
    call.store.delete_task_run(id)


@routes.serves(operations.SET_TASK_RUN_STATE)
def set_task_run_state(call: Call, id: str, body: operations.SetTaskRunState) -> Answer:  # noqa: A002 - as above
    """Propose a state for a task run; answers what became of it."""
    state = proposed(call, body.state)
    outcome = call.store.propose_task_run_state(id, state, circumstances(call), force=body.force)
    return Answer(result(outcome), status=201 if outcome.written else 200)
