"""Automations: triggers, actions."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Literal
from uuid import UUID, uuid4

from msgspec import UNSET, UnsetType, field

from tidemill.domain.states import StateType
from tidemill.wire.base import Body, Id, Int, Span, Wire, seconds_of
from tidemill.wire.events import ResourceSpecification

#: How long is waited at least for what does not come, in seconds.
_SHORTEST_WATCH: Final = 10.0


def _check_selected(source: str, name: str, value: UUID | None) -> None:
    if (source == "selected") != (value is not None):
        said = "must be given" if value is None else "must not be given"
        raise ValueError(f"{name} {said} where source is {source!r}")


def _checked(within: float | str) -> float:
    seconds = seconds_of(within)
    if seconds < 0:
        raise ValueError(f"expected within to be zero or more seconds, got {seconds:g}")
    return seconds


class CallWebhook(Wire, tag_field="type", tag="call-webhook"):
    """Call a webhook, through a webhook block."""

    block_document_id: UUID
    payload: str = ""


class CancelFlowRun(Wire, tag_field="type", tag="cancel-flow-run"):
    """Cancel the flow run that the event is about."""


class ChangeFlowRunState(Wire, tag_field="type", tag="change-flow-run-state"):
    """Set the state of the flow run that the event is about."""

    state: StateType
    force: bool = False
    message: str | None = None
    name: str | None = None


class DeleteFlowRun(Wire, tag_field="type", tag="delete-flow-run"):
    """Delete the flow run that the event is about."""


class DoNothing(Wire, tag_field="type", tag="do-nothing"):
    """Do nothing; the firing itself is recorded."""


class PauseAutomation(Wire, tag_field="type", tag="pause-automation"):
    """Pause an automation."""

    automation_id: UUID | None = None
    source: Literal["selected", "inferred"] = "selected"

    def __post_init__(self) -> None:
        _check_selected(self.source, "automation_id", self.automation_id)


class PauseDeployment(Wire, tag_field="type", tag="pause-deployment"):
    """Pause a deployment's schedules."""

    deployment_id: UUID | None = None
    source: Literal["selected", "inferred"] = "selected"

    def __post_init__(self) -> None:
        _check_selected(self.source, "deployment_id", self.deployment_id)


class PauseWorkPool(Wire, tag_field="type", tag="pause-work-pool"):
    """Pause a work pool."""

    source: Literal["selected", "inferred"] = "selected"
    work_pool_id: UUID | None = None

    def __post_init__(self) -> None:
        _check_selected(self.source, "work_pool_id", self.work_pool_id)


class PauseWorkQueue(Wire, tag_field="type", tag="pause-work-queue"):
    """Pause a work queue."""

    source: Literal["selected", "inferred"] = "selected"
    work_queue_id: UUID | None = None

    def __post_init__(self) -> None:
        _check_selected(self.source, "work_queue_id", self.work_queue_id)


class ResumeAutomation(Wire, tag_field="type", tag="resume-automation"):
    """Let an automation go on."""

    automation_id: UUID | None = None
    source: Literal["selected", "inferred"] = "selected"

    def __post_init__(self) -> None:
        _check_selected(self.source, "automation_id", self.automation_id)


class ResumeDeployment(Wire, tag_field="type", tag="resume-deployment"):
    """Let a deployment's schedules go on."""

    deployment_id: UUID | None = None
    source: Literal["selected", "inferred"] = "selected"

    def __post_init__(self) -> None:
        _check_selected(self.source, "deployment_id", self.deployment_id)


class ResumeFlowRun(Wire, tag_field="type", tag="resume-flow-run"):
    """Resume the flow run that the event is about."""


class ResumeWorkPool(Wire, tag_field="type", tag="resume-work-pool"):
    """Let a work pool go on."""

    source: Literal["selected", "inferred"] = "selected"
    work_pool_id: UUID | None = None

    def __post_init__(self) -> None:
        _check_selected(self.source, "work_pool_id", self.work_pool_id)


class ResumeWorkQueue(Wire, tag_field="type", tag="resume-work-queue"):
    """Let a work queue go on."""

    source: Literal["selected", "inferred"] = "selected"
    work_queue_id: UUID | None = None

    def __post_init__(self) -> None:
        _check_selected(self.source, "work_queue_id", self.work_queue_id)


class RunDeployment(Wire, tag_field="type", tag="run-deployment"):
    """Run a deployment."""

    deployment_id: UUID | None = None
    job_variables: dict[str, Any] | None = None
    parameters: dict[str, Any] | None = None
    schedule_after: Span = 0.0
    source: Literal["selected", "inferred"] = "selected"

    def __post_init__(self) -> None:
        self.schedule_after = seconds_of(self.schedule_after)
        _check_selected(self.source, "deployment_id", self.deployment_id)


class SendNotification(Wire, tag_field="type", tag="send-notification"):
    """Tell somebody, through a notification block."""

    block_document_id: UUID
    body: str
    subject: str = "Prefect automated notification"


class SuspendFlowRun(Wire, tag_field="type", tag="suspend-flow-run"):
    """Suspend the flow run that the event is about."""


Action = (
    CallWebhook
    | CancelFlowRun
    | ChangeFlowRunState
    | DeleteFlowRun
    | DoNothing
    | PauseAutomation
    | PauseDeployment
    | PauseWorkPool
    | PauseWorkQueue
    | ResumeAutomation
    | ResumeDeployment
    | ResumeFlowRun
    | ResumeWorkPool
    | ResumeWorkQueue
    | RunDeployment
    | SendNotification
    | SuspendFlowRun
)


class EventTrigger(Wire, tag_field="type", tag="event"):
    """Fires when events arrive, or do not."""

    posture: Literal["Reactive", "Proactive"]
    after: set[str] = field(default_factory=set)
    expect: set[str] = field(default_factory=set)
    for_each: set[str] = field(default_factory=set)
    id: UUID = field(default_factory=uuid4)
    match: ResourceSpecification = {}
    match_related: ResourceSpecification | list[ResourceSpecification] = {}
    threshold: Int = 1
    within: Span = 0.0

    def __post_init__(self) -> None:
        within = _checked(self.within)
        if self.posture == "Proactive":
            within = within or _SHORTEST_WATCH
            if within < _SHORTEST_WATCH:
                raise ValueError("expected within to be 10 seconds or more, for a trigger that is Proactive")
        self.within = within


class CompoundTrigger(Wire, tag_field="type", tag="compound"):
    """Fires when enough of its triggers have fired within a time."""

    require: Int | Literal["any", "all"]
    triggers: list[Trigger]
    within: Span | None
    id: UUID = field(default_factory=uuid4)

    def __post_init__(self) -> None:
        self.within = None if self.within is None else _checked(self.within)
        if isinstance(self.require, int) and not 1 <= self.require <= len(self.triggers):
            raise ValueError(f"expected require to be from 1 to the number of triggers, got {self.require}")


class SequenceTrigger(Wire, tag_field="type", tag="sequence"):
    """Fires when its triggers have fired in order within a time."""

    triggers: list[Trigger]
    within: Span | None
    id: UUID = field(default_factory=uuid4)

    def __post_init__(self) -> None:
        self.within = None if self.within is None else _checked(self.within)


Trigger = EventTrigger | CompoundTrigger | SequenceTrigger


class AutomationPartialUpdate(Body):
    """What of an automation is changed; what is absent stays as it is."""

    enabled: bool | UnsetType = UNSET


class AutomationSort(StrEnum):
    """In which order automations are answered."""

    CREATED_DESC = "CREATED_DESC"
    UPDATED_DESC = "UPDATED_DESC"
    NAME_ASC = "NAME_ASC"
    NAME_DESC = "NAME_DESC"


class Automation(Wire):
    """An automation, as it is answered."""

    actions: list[Action]
    id: Id
    name: str
    trigger: Trigger
    actions_on_resolve: list[Action] = []
    actions_on_trigger: list[Action] = []
    created: datetime | None = None
    description: str = ""
    enabled: bool = True
    tags: list[str] = []
    updated: datetime | None = None


class AutomationCreate(Body):
    """What an automation is made from."""

    actions: list[Action]
    name: str
    trigger: Trigger
    actions_on_resolve: list[Action] = []
    actions_on_trigger: list[Action] = []
    description: str = ""
    enabled: bool = True
    owner_resource: str | None = None
    tags: list[str] = []


class AutomationUpdate(Body):
    """What of an automation is changed; what is absent stays as it is."""

    actions: list[Action]
    name: str
    trigger: Trigger
    actions_on_resolve: list[Action] | UnsetType = UNSET
    actions_on_trigger: list[Action] | UnsetType = UNSET
    description: str | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET
    tags: list[str] | UnsetType = UNSET
