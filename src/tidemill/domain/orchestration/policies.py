"""Which rules are asked, and in which order. This is the one place that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from tidemill.domain.orchestration.both.copy_scheduled_time import CopyScheduledTime
from tidemill.domain.orchestration.both.prevent_pending import PreventPendingTransitions
from tidemill.domain.orchestration.both.wait_for_scheduled_time import WaitForScheduledTime
from tidemill.domain.orchestration.entering.counts import (
    IncrementFlowRunCount,
    IncrementTaskRunCount,
    RemoveResumingIndicator,
)
from tidemill.domain.orchestration.entering.details import (
    UpdateStateDetails,
    UpdateSubflowParentTask,
    UpdateSubflowStateDetails,
)
from tidemill.domain.orchestration.entering.state_fields import (
    EnsureFlowRunStateTimestampIsUnique,
    SetRunStateName,
    SetRunStateTimestamp,
    SetRunStateType,
)
from tidemill.domain.orchestration.entering.times import (
    IncrementRunTime,
    SetEndTime,
    SetExpectedStartTime,
    SetNextScheduledStartTime,
    SetStartTime,
)
from tidemill.domain.orchestration.flows.bypass_cancelling import BypassCancellingFlowRunsWithNoInfra
from tidemill.domain.orchestration.flows.enforce_cancelled import EnforceCancellingToCancelledTransition
from tidemill.domain.orchestration.flows.handle_pausing import HandlePausingFlows
from tidemill.domain.orchestration.flows.handle_resuming import HandleResumingPausedFlows
from tidemill.domain.orchestration.flows.handle_terminal_states import HandleFlowTerminalStateTransitions
from tidemill.domain.orchestration.flows.instrument import InstrumentFlowRunStateTransitions
from tidemill.domain.orchestration.flows.late import EnsureOnlyScheduledFlowsMarkedLate
from tidemill.domain.orchestration.flows.late_concurrency import EnforceDeploymentConcurrencyOnLate
from tidemill.domain.orchestration.flows.preserve_lease_id import PreserveDeploymentConcurrencyLeaseId
from tidemill.domain.orchestration.flows.prevent_duplicates import PreventDuplicateTransitions
from tidemill.domain.orchestration.flows.prevent_result_loss import PreventResultDataLoss
from tidemill.domain.orchestration.flows.release_slots import ReleaseFlowConcurrencySlots
from tidemill.domain.orchestration.flows.retry_failed import RetryFailedFlows
from tidemill.domain.orchestration.flows.revoke_lease import RemoveDeploymentConcurrencyLeaseForOldClientVersions
from tidemill.domain.orchestration.flows.secure_slots import SecureFlowConcurrencySlots
from tidemill.domain.orchestration.flows.validate_slot import ValidateDeploymentConcurrencyAtRunning
from tidemill.domain.orchestration.tasks.cache_insertion import CacheInsertion
from tidemill.domain.orchestration.tasks.cache_retrieval import CacheRetrieval
from tidemill.domain.orchestration.tasks.copy_parameters_id import CopyTaskParametersID
from tidemill.domain.orchestration.tasks.enqueue import EnqueueScheduledTasks
from tidemill.domain.orchestration.tasks.handle_terminal_states import HandleTaskTerminalStateTransitions
from tidemill.domain.orchestration.tasks.release_slots import ReleaseTaskConcurrencySlots
from tidemill.domain.orchestration.tasks.rename_reruns import RenameReruns
from tidemill.domain.orchestration.tasks.retry_failed import RetryFailedTasks
from tidemill.domain.orchestration.tasks.secure_slots import SecureTaskConcurrencySlots
from tidemill.domain.orchestration.tasks.stopped_flows import PreventRunningTasksFromStoppedFlows
from tidemill.domain.orchestration.tasks.track_attempt import UpdateFlowRunTrackerOnTasks

if TYPE_CHECKING:
    from tidemill.domain.orchestration.rule import Rule

RunKind = Literal["flow_run", "task_run"]


class Policy(msgspec.Struct, frozen=True, eq=False):
    """Rules in the order in which they are asked, for runs of one kind. Each is itself, whatever it holds."""

    name: str
    kind: RunKind
    order: tuple[Rule[Any], ...]


GLOBAL_FLOW_POLICY: Final = Policy(
    "GlobalFlowPolicy",
    "flow_run",
    (
        EnsureFlowRunStateTimestampIsUnique(),
        SetRunStateType(),
        SetRunStateName(),
        SetRunStateTimestamp(),
        SetStartTime(),
        SetEndTime(),
        IncrementRunTime(),
        SetExpectedStartTime(),
        SetNextScheduledStartTime(),
        UpdateStateDetails(),
        UpdateSubflowParentTask(),
        UpdateSubflowStateDetails(),
        IncrementFlowRunCount(),
        RemoveResumingIndicator(),
    ),
)

GLOBAL_TASK_POLICY: Final = Policy(
    "GlobalTaskPolicy",
    "task_run",
    (
        SetRunStateType(),
        SetRunStateName(),
        SetRunStateTimestamp(),
        SetStartTime(),
        SetEndTime(),
        IncrementRunTime(),
        SetExpectedStartTime(),
        SetNextScheduledStartTime(),
        UpdateStateDetails(),
        IncrementTaskRunCount(),
    ),
)

#: What a client asks of a flow run.
CORE_FLOW_POLICY: Final = Policy(
    "CoreFlowPolicy",
    "flow_run",
    (
        PreserveDeploymentConcurrencyLeaseId(),
        PreventDuplicateTransitions(),
        HandleFlowTerminalStateTransitions(),
        EnforceCancellingToCancelledTransition(),
        BypassCancellingFlowRunsWithNoInfra(),
        PreventPendingTransitions(),
        ValidateDeploymentConcurrencyAtRunning(),
        SecureFlowConcurrencySlots(),
        RemoveDeploymentConcurrencyLeaseForOldClientVersions(),
        EnsureOnlyScheduledFlowsMarkedLate(),
        HandlePausingFlows(),
        HandleResumingPausedFlows(),
        CopyScheduledTime(),
        WaitForScheduledTime(),
        RetryFailedFlows(),
        InstrumentFlowRunStateTransitions(),
        ReleaseFlowConcurrencySlots(),
    ),
)

#: What a client asks of a task run.
CORE_TASK_POLICY: Final = Policy(
    "CoreTaskPolicy",
    "task_run",
    (
        CacheRetrieval(),
        HandleTaskTerminalStateTransitions(),
        PreventRunningTasksFromStoppedFlows(),
        SecureTaskConcurrencySlots(),
        CopyScheduledTime(),
        WaitForScheduledTime(),
        RetryFailedTasks(),
        RenameReruns(),
        UpdateFlowRunTrackerOnTasks(),
        CacheInsertion(),
        ReleaseTaskConcurrencySlots(),
    ),
)

#: What a client asks of a task run whose slots it has taken itself.
CLIENT_SIDE_TASK_POLICY: Final = Policy(
    "ClientSideTaskOrchestrationPolicy",
    "task_run",
    (
        CacheRetrieval(),
        HandleTaskTerminalStateTransitions(),
        PreventRunningTasksFromStoppedFlows(),
        CopyScheduledTime(),
        WaitForScheduledTime(),
        RetryFailedTasks(),
        RenameReruns(),
        UpdateFlowRunTrackerOnTasks(),
        CacheInsertion(),
        ReleaseTaskConcurrencySlots(),
    ),
)

#: What is asked of a task run that was deferred, and runs outside any flow run's process.
BACKGROUND_TASK_POLICY: Final = Policy(
    "BackgroundTaskPolicy",
    "task_run",
    (
        PreventPendingTransitions(),
        CacheRetrieval(),
        HandleTaskTerminalStateTransitions(),
        CopyScheduledTime(),
        CopyTaskParametersID(),
        WaitForScheduledTime(),
        RetryFailedTasks(),
        RenameReruns(),
        UpdateFlowRunTrackerOnTasks(),
        CacheInsertion(),
        ReleaseTaskConcurrencySlots(),
        EnqueueScheduledTasks(),
    ),
)

#: What is forced on a flow run.
MINIMAL_FLOW_POLICY: Final = Policy(
    "MinimalFlowPolicy",
    "flow_run",
    (
        PreventResultDataLoss(),
        BypassCancellingFlowRunsWithNoInfra(),
        InstrumentFlowRunStateTransitions(),
        ReleaseFlowConcurrencySlots(),
    ),
)

#: What is forced on a task run.
MINIMAL_TASK_POLICY: Final = Policy("MinimalTaskPolicy", "task_run", (ReleaseTaskConcurrencySlots(),))

#: What the service that looks for late runs asks.
MARK_LATE_RUNS_POLICY: Final = Policy(
    "MarkLateRunsPolicy",
    "flow_run",
    (
        EnsureOnlyScheduledFlowsMarkedLate(),
        EnforceDeploymentConcurrencyOnLate(),
        InstrumentFlowRunStateTransitions(),
    ),
)

#: What follows the others, for every state that is written.
GLOBAL: Final[dict[RunKind, Policy]] = {"flow_run": GLOBAL_FLOW_POLICY, "task_run": GLOBAL_TASK_POLICY}


def policy_for(kind: RunKind, *, force: bool = False, deferred: bool = False) -> Policy:
    """The policy of a request to set a state; ``deferred`` says that the proposed state is of a deferred task run."""
    if kind == "flow_run":
        return MINIMAL_FLOW_POLICY if force else CORE_FLOW_POLICY
    if force:
        return MINIMAL_TASK_POLICY
    return BACKGROUND_TASK_POLICY if deferred else CORE_TASK_POLICY
