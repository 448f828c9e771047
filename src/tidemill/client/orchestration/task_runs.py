"""Task runs and their states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from msgspec import UNSET

from tidemill.api.operations import states as state_operations
from tidemill.api.operations import task_runs as operations
from tidemill.client.methods import method
from tidemill.client.orchestration.asker import Asker, given
from tidemill.client.schemas.actions import TaskRunCreate, TaskRunUpdate
from tidemill.client.schemas.objects import State, TaskRun, TaskRunPolicy
from tidemill.client.schemas.responses import OrchestrationResult
from tidemill.client.schemas.shape import proposal_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    import httpx

    from tidemill.client.schemas.filters import DeploymentFilter, FlowFilter, FlowRunFilter, TaskRunFilter
    from tidemill.client.schemas.objects import Constant, FlowRunResult, Parameter, TaskRunResult
    from tidemill.client.schemas.sorting import TaskRunSort
    from tidemill.system.asking import Asking
    from tidemill.tasks import Task


class TaskRunMethods(Asker):
    """What can be asked about task runs."""

    @method
    def create_task_run(
        self,
        task: Task[Any, Any],
        flow_run_id: UUID | None,
        dynamic_key: str,
        id: UUID | None = None,  # noqa: A002 - the contract's name
        name: str | None = None,
        extra_tags: Iterable[str] | None = None,
        state: State[Any] | None = None,
        task_inputs: dict[str, list[TaskRunResult | FlowRunResult | Parameter | Constant]] | None = None,
    ) -> Asking[TaskRun]:
        """Make a run of a task, Pending unless ``state`` says otherwise. It runs nothing.

        ``dynamic_key`` tells calls of one task in one flow run apart.
        """
        from tidemill.states import Pending  # noqa: PLC0415 - loads the engine, which most clients do without

        delay = task.retry_delay_seconds
        run = TaskRunCreate(
            id=id,
            name=UNSET if name is None else name,
            flow_run_id=flow_run_id,
            task_key=task.task_key,
            task_version=task.version,
            dynamic_key=str(dynamic_key),
            tags=sorted({*task.tags, *(extra_tags or ())}),
            state=proposal_of(state or Pending()),
            task_inputs=task_inputs or {},
            empirical_policy=TaskRunPolicy(
                retries=task.retries,
                retry_delay=delay if isinstance(delay, int | float | list) else None,
                retry_jitter_factor=task.retry_jitter_factor,
            ),
        )
        return (yield from self._ask(operations.CREATE_TASK_RUN, TaskRun, run))

    @method
    def read_task_run(self, task_run_id: UUID | str) -> Asking[TaskRun]:
        """A task run. Raises ObjectNotFound."""
        return (yield from self._ask(operations.READ_TASK_RUN, TaskRun, id=task_run_id))

    @method
    def read_task_runs(
        self,
        *,
        flow_filter: FlowFilter | None = None,
        flow_run_filter: FlowRunFilter | None = None,
        task_run_filter: TaskRunFilter | None = None,
        deployment_filter: DeploymentFilter | None = None,
        sort: TaskRunSort | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> Asking[list[TaskRun]]:
        """Task runs by filters on them and on what they belong to, the newest first unless ``sort`` says otherwise."""
        wanted = given(
            flows=flow_filter,
            flow_runs=flow_run_filter,
            task_runs=task_run_filter,
            deployments=deployment_filter,
            sort=sort,
            limit=limit,
            offset=offset,
        )
        return (yield from self._ask(operations.READ_TASK_RUNS, list[TaskRun], wanted))

    @method
    def set_task_run_name(self, task_run_id: UUID | str, name: str) -> Asking[httpx.Response]:
        """Rename a task run. Raises ObjectNotFound."""
        return (yield from self._do(operations.UPDATE_TASK_RUN, TaskRunUpdate(name=name), id=task_run_id))

    @method
    def delete_task_run(self, task_run_id: UUID | str) -> Asking[None]:
        """Delete a task run. Raises ObjectNotFound."""
        yield from self._do(operations.DELETE_TASK_RUN, id=task_run_id)

    @method
    def set_task_run_state(
        self, task_run_id: UUID | str, state: State[Any], force: bool = False
    ) -> Asking[OrchestrationResult[Any]]:
        """Propose a state; what became of it. ``force``: whatever the rules say. Raises ObjectNotFound."""
        proposal = proposal_of(state)
        proposal.state_details.task_run_id = UUID(str(task_run_id))
        proposal.state_details.transition_id = uuid4()
        body = {"state": proposal, "force": force}
        return (yield from self._ask(operations.SET_TASK_RUN_STATE, OrchestrationResult[Any], body, id=task_run_id))

    @method
    def read_task_run_states(self, task_run_id: UUID | str) -> Asking[list[State[Any]]]:
        """The states that a task run was in, the first first."""
        query = {"task_run_id": task_run_id}
        return (yield from self._ask(state_operations.READ_TASK_RUN_STATES, list[State[Any]], query=query))
