"""What each kind of thing can be asked for. The store leads each field to SQL, the schema document to its types."""

from __future__ import annotations

from msgspec import field

from tidemill.wire import operators as by
from tidemill.wire.base import Wire
from tidemill.wire.operators import Filter, OperatorMixin


class FlowFilter(OperatorMixin):
    """Flows."""

    id: by.IdsOrNot | None = None
    deployment: by.Missing | None = None
    name: by.Names | None = None
    tags: by.Tags | None = None


class FlowRunFilter(OperatorMixin):
    """Flow runs."""

    id: by.IdsOrNot | None = None
    name: by.Names | None = None
    tags: by.TagsOrAny | None = None
    deployment_id: by.CombinedIdsOrNull | None = None
    work_queue_name: by.CombinedTextsOrNull | None = None
    state: by.FlowRunStates | None = None
    flow_version: by.Texts | None = None
    start_time: by.TimesOrNull | None = None
    end_time: by.TimesOrNull | None = None
    expected_start_time: by.Times | None = None
    next_scheduled_start_time: by.Times | None = None
    parent_flow_run_id: by.CombinedIds | None = None
    parent_task_run_id: by.CombinedIdsOrNull | None = None
    idempotency_key: by.TextsOrNot | None = None
    created_by: by.Creators | None = None


class TaskRunFilter(OperatorMixin):
    """Task runs. Those that stand for subflow runs are found too, unless ``subflow_runs`` says otherwise."""

    id: by.Ids | None = None
    name: by.Names | None = None
    tags: by.Tags | None = None
    state: by.TaskRunStates | None = None
    start_time: by.TimesOrNull | None = None
    expected_start_time: by.Times | None = None
    end_time: by.TimesOrNull | None = None
    subflow_runs: by.Exists | None = None
    flow_run_id: by.FlowRunsOfTasks | None = None


class DeploymentFilter(OperatorMixin):
    """Deployments."""

    id: by.IdsOrNot | None = None
    name: by.Names | None = None
    flow_or_deployment_name: by.Like | None = None
    paused: by.Flag | None = None
    tags: by.TagsOrAny | None = None
    work_queue_name: by.Texts | None = None
    concurrency_limit: by.RangeOrNull | None = None


class WorkPoolFilter(OperatorMixin):
    """Work pools."""

    id: by.Ids | None = None
    name: by.Texts | None = None
    type: by.Texts | None = None


class WorkQueueFilter(OperatorMixin):
    """Work queues."""

    id: by.Ids | None = None
    name: by.NamesByBeginning | None = None


class WorkerFilter(OperatorMixin):
    """Workers."""

    last_heartbeat_time: by.Times | None = None
    status: by.WorkerStatuses | None = None


class LogFilter(OperatorMixin):
    """Log lines."""

    level: by.Range | None = None
    timestamp: by.Times | None = None
    flow_run_id: by.Ids | None = None
    task_run_id: by.IdsOrNull | None = None
    text: by.TextSearch | None = None


class ArtifactFilter(OperatorMixin):
    """Artifacts, every version of each."""

    id: by.Ids | None = None
    key: by.Keys | None = None
    flow_run_id: by.Ids | None = None
    task_run_id: by.Ids | None = None
    type: by.TextsOrNot | None = None


class ArtifactCollectionFilter(OperatorMixin):
    """Keys of artifacts, each with its latest version."""

    latest_id: by.Ids | None = None
    key: by.Keys | None = None
    flow_run_id: by.Ids | None = None
    task_run_id: by.Ids | None = None
    type: by.TextsOrNot | None = None


class VariableFilter(OperatorMixin):
    """Variables."""

    id: by.Ids | None = None
    name: by.Names | None = None
    tags: by.Tags | None = None


class BlockTypeFilter(Filter):
    """Types of blocks."""

    name: by.Like | None = None
    slug: by.Texts | None = None


class BlockSchemaFilter(OperatorMixin):
    """Schemas of blocks."""

    block_type_id: by.Ids | None = None
    block_capabilities: by.AllTexts | None = None
    id: by.Ids | None = None
    version: by.Texts | None = None


def _named() -> by.Flag:
    return by.Flag(eq_=False)


class BlockDocumentFilter(OperatorMixin):
    """Blocks as they were saved; anonymous ones only when asked for."""

    id: by.Ids | None = None
    is_anonymous: by.Flag | None = field(default_factory=_named)
    block_type_id: by.Ids | None = None
    name: by.Names | None = None


class AutomationFilter(OperatorMixin):
    """Automations."""

    id: by.Ids | None = None
    name: by.Texts | None = None
    created: by.Until | None = None
    tags: by.TagsOrAny | None = None


class AmongRuns(Wire):
    """What is asked of anything that runs have to do with: all conditions, on whatever they are, must hold."""

    flows: FlowFilter | None = None
    flow_runs: FlowRunFilter | None = None
    task_runs: TaskRunFilter | None = None
    deployments: DeploymentFilter | None = None


class AmongPools(AmongRuns):
    """As ``AmongRuns``, and of the work pools that runs go to."""

    work_pools: WorkPoolFilter | None = None


class AmongQueues(AmongPools):
    """As ``AmongPools``, and of their queues."""

    work_pool_queues: WorkQueueFilter | None = None
