"""Conditions on what is asked for: the wire's filters, with parts that may be given as dicts.

``FlowRunFilter(name=FlowRunFilterName(like_="etl"))`` and ``FlowRunFilter(name={"like_": "etl"})`` are the same. All
conditions of a filter must hold, unless its ``operator`` says otherwise.
"""

from __future__ import annotations

from msgspec import field

from tidemill.client.schemas.shape import Shape
from tidemill.wire import filters
from tidemill.wire import operators as by


class FlowFilter(Shape, filters.FlowFilter):
    """Conditions on flows."""


class FlowRunFilter(Shape, filters.FlowRunFilter):
    """Conditions on flow runs."""


class TaskRunFilter(Shape, filters.TaskRunFilter):
    """Conditions on task runs."""


class DeploymentFilter(Shape, filters.DeploymentFilter):
    """Conditions on deployments."""


class WorkPoolFilter(Shape, filters.WorkPoolFilter):
    """Conditions on work pools."""


class WorkQueueFilter(Shape, filters.WorkQueueFilter):
    """Conditions on work queues."""


class WorkerFilter(Shape, filters.WorkerFilter):
    """Conditions on workers."""


class LogFilter(Shape, filters.LogFilter):
    """Conditions on log lines."""


class ArtifactFilter(Shape, filters.ArtifactFilter):
    """Conditions on artifacts, every version of each."""


class ArtifactCollectionFilter(Shape, filters.ArtifactCollectionFilter):
    """Conditions on keys of artifacts, by the latest version of each."""


class VariableFilter(Shape, filters.VariableFilter):
    """Conditions on variables."""


class BlockTypeFilter(Shape, filters.BlockTypeFilter):
    """Conditions on types of blocks."""


class BlockSchemaFilter(Shape, filters.BlockSchemaFilter):
    """Conditions on schemas of blocks."""


class BlockDocumentFilter(Shape, filters.BlockDocumentFilter):
    """Conditions on saved blocks; anonymous ones only when asked for."""


class AutomationFilter(Shape, filters.AutomationFilter):
    """Conditions on automations."""


class FilterSet(Shape):
    """Conditions on runs, and on what belongs to them."""

    flows: FlowFilter = field(default_factory=FlowFilter)
    flow_runs: FlowRunFilter = field(default_factory=FlowRunFilter)
    task_runs: TaskRunFilter = field(default_factory=TaskRunFilter)
    deployments: DeploymentFilter = field(default_factory=DeploymentFilter)


# The names of the conditions on one field; several are one class.
Operator = by.Operator
OperatorMixin = by.OperatorMixin
ArtifactCollectionFilterFlowRunId = by.Ids
ArtifactCollectionFilterKey = by.Keys
ArtifactCollectionFilterLatestId = by.Ids
ArtifactCollectionFilterTaskRunId = by.Ids
ArtifactCollectionFilterType = by.TextsOrNot
ArtifactFilterFlowRunId = by.Ids
ArtifactFilterId = by.Ids
ArtifactFilterKey = by.Keys
ArtifactFilterTaskRunId = by.Ids
ArtifactFilterType = by.TextsOrNot
BlockDocumentFilterBlockTypeId = by.Ids
BlockDocumentFilterId = by.Ids
BlockDocumentFilterIsAnonymous = by.Flag
BlockDocumentFilterName = by.Names
BlockSchemaFilterBlockTypeId = by.Ids
BlockSchemaFilterCapabilities = by.AllTexts
BlockSchemaFilterId = by.Ids
BlockSchemaFilterVersion = by.Texts
BlockTypeFilterName = by.Like
BlockTypeFilterSlug = by.Texts
DeploymentFilterConcurrencyLimit = by.RangeOrNull
DeploymentFilterId = by.IdsOrNot
DeploymentFilterName = by.Names
DeploymentFilterTags = by.TagsOrAny
DeploymentFilterWorkQueueName = by.Texts
FlowFilterId = by.IdsOrNot
FlowFilterName = by.Names
FlowFilterTags = by.Tags
FlowRunFilterCreatedBy = by.Creators
FlowRunFilterDeploymentId = by.CombinedIdsOrNull
FlowRunFilterEndTime = by.TimesOrNull
FlowRunFilterExpectedStartTime = by.Times
FlowRunFilterFlowVersion = by.Texts
FlowRunFilterId = by.IdsOrNot
FlowRunFilterIdempotencyKey = by.TextsOrNot
FlowRunFilterName = by.Names
FlowRunFilterNextScheduledStartTime = by.Times
FlowRunFilterParentFlowRunId = by.CombinedIds
FlowRunFilterParentTaskRunId = by.CombinedIdsOrNull
FlowRunFilterStartTime = by.TimesOrNull
FlowRunFilterState = by.FlowRunStates
FlowRunFilterStateName = by.TextsOrNot
FlowRunFilterStateType = by.StateTypesOrNot
FlowRunFilterTags = by.TagsOrAny
FlowRunFilterWorkQueueName = by.CombinedTextsOrNull
LogFilterFlowRunId = by.Ids
LogFilterLevel = by.Range
LogFilterName = by.Texts
LogFilterTaskRunId = by.IdsOrNull
LogFilterTextSearch = by.TextSearch
LogFilterTimestamp = by.Times
TaskRunFilterEndTime = by.TimesOrNull
TaskRunFilterFlowRunId = by.FlowRunsOfTasks
TaskRunFilterId = by.Ids
TaskRunFilterName = by.Names
TaskRunFilterStartTime = by.TimesOrNull
TaskRunFilterState = by.TaskRunStates
TaskRunFilterStateName = by.Texts
TaskRunFilterStateType = by.StateTypes
TaskRunFilterSubFlowRuns = by.Exists
TaskRunFilterTags = by.Tags
VariableFilterId = by.Ids
VariableFilterName = by.Names
VariableFilterTags = by.Tags
WorkPoolFilterId = by.Ids
WorkPoolFilterName = by.Texts
WorkPoolFilterType = by.Texts
WorkQueueFilterId = by.Ids
WorkQueueFilterName = by.NamesByBeginning
WorkerFilterLastHeartbeatTime = by.Times
WorkerFilterStatus = by.WorkerStatuses
WorkerFilterWorkPoolId = by.Ids
