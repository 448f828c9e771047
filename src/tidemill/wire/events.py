"""Events, and by what they are asked for."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final
from uuid import UUID

from msgspec import Meta, Raw, field
from msgspec.json import Decoder

from tidemill.domain.json_depth import DEEPEST_SENT, too_deep
from tidemill.domain.states import StateType
from tidemill.wire.base import Body, Id, Int, Uri, Wire


class Countable(StrEnum):
    """By what events are counted."""

    DAY = "day"
    TIME = "time"
    EVENT = "event"
    RESOURCE = "resource"


class EventCount(Wire):
    """How many events of a kind there were in an interval."""

    count: int
    end_time: datetime
    label: str
    start_time: datetime
    value: str


class EventIDFilter(Body):
    """By id."""

    id: list[UUID] | None = None


class EventNameFilter(Body):
    """By name, or by how it begins."""

    exclude_name: list[str] | None = None
    exclude_prefix: list[str] | None = None
    name: list[str] | None = None
    prefix: list[str] | None = None


class EventOccurredFilter(Body):
    """By when it happened; the last 180 days unless told otherwise."""

    since: datetime | None = None
    until: datetime | None = None


class EventOrder(StrEnum):
    """Oldest or newest first."""

    ASC = "ASC"
    DESC = "DESC"


class EventTextFilter(Body):
    """By words in it: all must occur; ``-word`` must not."""

    query: Annotated[str, Meta(max_length=200)]


RelatedResource = dict[str, str]


Resource = dict[str, str]


class Event(Wire):
    """Something that happened to a resource."""

    event: str
    id: UUID
    occurred: datetime
    resource: Resource
    follows: UUID | None = None
    payload: dict[str, Any] = {}
    related: list[RelatedResource] = []


_HEX: Final = "[0-9a-fA-F]"
#: A UUID as a text, which is checked faster than it is made one; in either case.
UuidText = Annotated[str, Meta(pattern=f"^{_HEX}{{8}}(-{_HEX}{{4}}){{3}}-{_HEX}{{12}}$")]


_payload: Final = Decoder(dict[str, Any]).decode


class ToldEvent(Wire):
    """An event as it comes over a socket, with a payload that is kept as it was written.

    It must be an object that can be read again: one of too many levels, or with a number that no machine has, would
    stand in the way of every list of events that it is in.
    """

    event: str
    id: UuidText
    occurred: datetime
    resource: Resource
    follows: UuidText | None = None
    payload: Raw = Raw(b"{}")
    related: list[RelatedResource] = []

    def __post_init__(self) -> None:
        if too_deep(bytes(self.payload), DEEPEST_SENT):
            raise ValueError(f"its payload is nested more than {DEEPEST_SENT} levels deep")
        _payload(self.payload)


class StateTold(Wire):
    """A task run's state in an event's payload."""

    type: StateType
    name: str | None = None
    message: str | None = None
    state_details: dict[str, Any] | None = None
    data: Any = None


class RunTold(Wire):
    """A task run in an event's payload."""

    task_key: str
    dynamic_key: str
    name: str | None = None
    task_version: str | None = None
    tags: list[str] = []
    task_inputs: dict[str, Any] = {}
    empirical_policy: dict[str, Any] = {}
    run_count: Int = 0
    flow_run_run_count: Int = 0
    expected_start_time: datetime | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    total_run_time: float = 0.0


class TaskRunTold(Wire):
    """The payload of an event by which a client tells that a task run came into a state."""

    task_run: RunTold
    validated_state: StateTold


class ReceivedEvent(Wire):
    """An event, and when it came to us."""

    event: str
    id: Id
    occurred: datetime
    resource: Resource
    follows: Id | None = None
    payload: dict[str, Any] = {}
    received: datetime | None = None
    related: list[RelatedResource] = []


class EventPage(Wire):
    """A page of events, and where the next one is."""

    events: list[ReceivedEvent]
    next_page: Uri | None
    total: int


ResourceSpecification = dict[str, str | list[str]]


class EventAnyResourceFilter(Body):
    """By what it is about or has to do with."""

    id: list[str] | None = None
    id_prefix: list[str] | None = None
    labels: ResourceSpecification | None = None


class EventRelatedFilter(Body):
    """By what else it has to do with."""

    id: list[str] | None = None
    labels: ResourceSpecification | None = None
    resources_in_roles: list[tuple[str, str]] | None = None
    role: list[str] | None = None


class EventResourceFilter(Body):
    """By what it is about."""

    distinct: bool = False
    id: list[str] | None = None
    id_prefix: list[str] | None = None
    labels: ResourceSpecification | None = None


class EventFilter(Body):
    """Events."""

    any_resource: EventAnyResourceFilter | list[EventAnyResourceFilter] | None = None
    event: EventNameFilter | None = None
    id: EventIDFilter = field(default_factory=EventIDFilter)
    occurred: EventOccurredFilter = field(default_factory=EventOccurredFilter)
    order: EventOrder = EventOrder("DESC")
    related: EventRelatedFilter | list[EventRelatedFilter] | None = None
    resource: EventResourceFilter | None = None
    text: EventTextFilter | None = None
