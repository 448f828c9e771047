"""Flow runs, their states and what is sent to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID, uuid4

from msgspec import UNSET

from tidemill.api.operations import flow_runs as operations
from tidemill.api.operations import states as state_operations
from tidemill.client.methods import method
from tidemill.client.orchestration.asker import Asker, given
from tidemill.client.orchestration.flows import flow_named
from tidemill.client.schemas.actions import FlowRunCreate, FlowRunUpdate
from tidemill.client.schemas.objects import FlowRun, FlowRunInput, FlowRunPolicy, State
from tidemill.client.schemas.responses import OrchestrationResult
from tidemill.client.schemas.shape import proposal_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    import httpx

    from tidemill.client.schemas.filters import (
        DeploymentFilter,
        FlowFilter,
        FlowRunFilter,
        TaskRunFilter,
        WorkPoolFilter,
        WorkQueueFilter,
    )
    from tidemill.client.schemas.sorting import FlowRunSort
    from tidemill.flows import Flow as FlowObject
    from tidemill.system.asking import Asking

R = TypeVar("R")


class FlowRunMethods(Asker):
    """What can be asked about flow runs."""

    @method
    def create_flow_run(
        self,
        flow: FlowObject[Any, R],
        name: str | None = None,
        parameters: dict[str, Any] | None = None,
        context: dict[str, Any] | None = None,
        tags: Iterable[str] | None = None,
        parent_task_run_id: UUID | None = None,
        state: State[R] | None = None,
        work_pool_name: str | None = None,
        work_queue_name: str | None = None,
        job_variables: dict[str, Any] | None = None,
    ) -> Asking[FlowRun]:
        """Make a run of a flow, Pending unless ``state`` says otherwise. It runs nothing."""
        from tidemill.states import Pending  # noqa: PLC0415 - loads the engine, which most clients do without

        flow_id = yield from flow_named(self, flow.name)
        delay = flow.retry_delay_seconds
        run = FlowRunCreate(
            flow_id=flow_id,
            flow_version=flow.version,
            name=UNSET if name is None else name,
            parameters=flow.serialize_parameters(parameters or {}),
            context=context or {},
            tags=list(tags or ()),
            parent_task_run_id=parent_task_run_id,
            state=proposal_of(state or Pending()),
            empirical_policy=FlowRunPolicy(retries=flow.retries, retry_delay=None if delay is None else int(delay)),
            work_pool_name=work_pool_name,
            work_queue_name=work_queue_name,
            job_variables=job_variables,
        )
        return (yield from self._ask(operations.CREATE_FLOW_RUN, FlowRun, run))

    @method
    def read_flow_run(self, flow_run_id: UUID | str) -> Asking[FlowRun]:
        """A flow run. Raises ObjectNotFound."""
        return (yield from self._ask(operations.READ_FLOW_RUN, FlowRun, id=flow_run_id))

    @method
    def delete_flow_run(self, flow_run_id: UUID | str) -> Asking[None]:
        """Delete a flow run with all that was recorded of it. Raises ObjectNotFound."""
        yield from self._do(operations.DELETE_FLOW_RUN, id=flow_run_id)

    @method
    def update_flow_run(
        self,
        flow_run_id: UUID | str,
        flow_version: str | None = None,
        parameters: dict[str, Any] | None = None,
        name: str | None = None,
        tags: Iterable[str] | None = None,
        empirical_policy: FlowRunPolicy | None = None,
        infrastructure_pid: str | None = None,
        job_variables: dict[str, Any] | None = None,
    ) -> Asking[httpx.Response]:
        """Change what is given here. Raises ObjectNotFound."""
        changes = given(
            flow_version=flow_version,
            parameters=parameters,
            name=name,
            tags=None if tags is None else list(tags),
            empirical_policy=empirical_policy,
            infrastructure_pid=infrastructure_pid,
            job_variables=job_variables,
        )
        return (yield from self._do(operations.UPDATE_FLOW_RUN, changes, id=flow_run_id))

    @method
    def set_flow_run_name(self, flow_run_id: UUID | str, name: str) -> Asking[httpx.Response]:
        """Rename a flow run. Raises ObjectNotFound."""
        return (yield from self._do(operations.UPDATE_FLOW_RUN, FlowRunUpdate(name=name), id=flow_run_id))

    @method
    def update_flow_run_labels(self, flow_run_id: UUID | str, labels: dict[str, Any]) -> Asking[None]:
        """Add labels, or change those of the same names. Raises ObjectNotFound."""
        yield from self._do(operations.UPDATE_FLOW_RUN_LABELS, labels, id=flow_run_id)

    @method
    def set_flow_run_state(
        self, flow_run_id: UUID | str, state: State[R], force: bool = False
    ) -> Asking[OrchestrationResult[R]]:
        """Propose a state; what became of it. ``force``: whatever the rules say. Raises ObjectNotFound."""
        proposal = proposal_of(state)
        proposal.state_details.flow_run_id = UUID(str(flow_run_id))
        proposal.state_details.transition_id = uuid4()
        body = {"state": proposal, "force": force}
        return (yield from self._ask(operations.SET_FLOW_RUN_STATE, OrchestrationResult[R], body, id=flow_run_id))

    @method
    def resume_flow_run(
        self, flow_run_id: UUID | str, run_input: dict[str, Any] | None = None
    ) -> Asking[OrchestrationResult[Any]]:
        """Let a paused flow run go on, with what it waits for. Raises ObjectNotFound."""
        body = {"run_input": run_input}
        return (yield from self._ask(operations.RESUME_FLOW_RUN, OrchestrationResult[Any], body, id=flow_run_id))

    @method
    def count_flow_runs(
        self,
        *,
        flow_filter: FlowFilter | None = None,
        flow_run_filter: FlowRunFilter | None = None,
        task_run_filter: TaskRunFilter | None = None,
        deployment_filter: DeploymentFilter | None = None,
        work_pool_filter: WorkPoolFilter | None = None,
        work_queue_filter: WorkQueueFilter | None = None,
    ) -> Asking[int]:
        """How many flow runs there are, by filters on them and on what belongs to them."""
        wanted = given(
            flows=flow_filter,
            flow_runs=flow_run_filter,
            task_runs=task_run_filter,
            deployments=deployment_filter,
            work_pools=work_pool_filter,
            work_pool_queues=work_queue_filter,
        )
        return (yield from self._ask(operations.COUNT_FLOW_RUNS, int, wanted))

    @method
    def read_flow_runs(
        self,
        *,
        flow_filter: FlowFilter | None = None,
        flow_run_filter: FlowRunFilter | None = None,
        task_run_filter: TaskRunFilter | None = None,
        deployment_filter: DeploymentFilter | None = None,
        work_pool_filter: WorkPoolFilter | None = None,
        work_queue_filter: WorkQueueFilter | None = None,
        sort: FlowRunSort | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> Asking[list[FlowRun]]:
        """Flow runs by filters on them and on what belongs to them, the newest first unless ``sort`` says otherwise.

        ``limit`` is at most, and by default, what the server answers in one page (200).
        """
        wanted = given(
            flows=flow_filter,
            flow_runs=flow_run_filter,
            task_runs=task_run_filter,
            deployments=deployment_filter,
            work_pools=work_pool_filter,
            work_pool_queues=work_queue_filter,
            sort=sort,
            limit=limit,
            offset=offset,
        )
        return (yield from self._ask(operations.READ_FLOW_RUNS, list[FlowRun], wanted))

    @method
    def read_flow_run_states(self, flow_run_id: UUID | str) -> Asking[list[State[Any]]]:
        """The states that a flow run was in, the first first."""
        query = {"flow_run_id": flow_run_id}
        return (yield from self._ask(state_operations.READ_FLOW_RUN_STATES, list[State[Any]], query=query))

    @method
    def read_flow_run_state(self, flow_run_state_id: UUID | str) -> Asking[State[Any]]:
        """A state of a flow run by its own id. Raises ObjectNotFound."""
        return (yield from self._ask(state_operations.READ_FLOW_RUN_STATE, State[Any], id=flow_run_state_id))

    @method
    def create_flow_run_input(
        self, flow_run_id: UUID | str, key: str, value: str, sender: str | None = None
    ) -> Asking[None]:
        """Send something to a flow run; ``value`` is JSON text. Raises ObjectAlreadyExists where the key is taken."""
        body = given(key=key, value=value, sender=sender)
        yield from self._do(operations.CREATE_FLOW_RUN_INPUT, body, id=flow_run_id)

    @method
    def filter_flow_run_input(
        self, flow_run_id: UUID | str, key_prefix: str, limit: int, exclude_keys: set[str]
    ) -> Asking[list[FlowRunInput]]:
        """What was sent to a flow run under keys that begin so."""
        body = {"prefix": key_prefix, "limit": limit, "exclude_keys": sorted(exclude_keys)}
        return (yield from self._ask(operations.FILTER_FLOW_RUN_INPUT, list[FlowRunInput], body, id=flow_run_id))

    @method
    def read_flow_run_input(self, flow_run_id: UUID | str, key: str) -> Asking[str]:
        """What was sent to a flow run under a key, as JSON text. Raises ObjectNotFound."""
        answer = yield from self._do(operations.READ_FLOW_RUN_INPUT, id=flow_run_id, key=key)
        return answer.text

    @method
    def delete_flow_run_input(self, flow_run_id: UUID | str, key: str) -> Asking[None]:
        """Delete what was sent to a flow run under a key. Raises ObjectNotFound."""
        yield from self._do(operations.DELETE_FLOW_RUN_INPUT, id=flow_run_id, key=key)
