"""A run's state as an event: its resource, what it has to do with, and what it says. Names are the wire's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from tidemill.domain.names import too_long
from tidemill.domain.states import from_us

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

RESOURCE_ID: Final = "prefect.resource.id"
RESOURCE_NAME: Final = "prefect.resource.name"
RESOURCE_ROLE: Final = "prefect.resource.role"

FLOW_RUN: Final = "prefect.flow-run."
TASK_RUN: Final = "prefect.task-run."

#: An event says which one it follows only if that was not long ago.
FOLLOWS_WITHIN_US: Final = 300 * 1_000_000
#: A message that is longer is cut off in the label; the payload has it whole.
LONGEST_MESSAGE: Final = 100_000


class StateTaken(NamedTuple):
    """A state as it was recorded."""

    type: str
    name: str
    message: str | None
    timestamp_us: int
    run_count: int
    details: dict[str, Any]


class Related(NamedTuple):
    """Something that a run has to do with."""

    role: str
    id: str | None
    name: str | None = None


def resource_of(kind: Literal["flow-run", "task-run"], id_: str, name: str, state: StateTaken) -> dict[str, str]:
    """What the event is about: the run, labelled with its state."""
    return {
        RESOURCE_ID: f"prefect.{kind}.{id_}",
        RESOURCE_NAME: name,
        "prefect.run-count": str(state.run_count),
        "prefect.state-message": (state.message or "")[:LONGEST_MESSAGE],
        "prefect.state-name": state.name,
        "prefect.state-timestamp": from_us(state.timestamp_us).isoformat(),
        "prefect.state-type": state.type,
    }


def related_to(things: Iterable[Related], tags: Iterable[Sequence[str]]) -> list[dict[str, str]]:
    """What the run has to do with: things that are there, and each tag once."""
    found = []
    for role, id_, name in things:
        if id_ is not None:
            one = {RESOURCE_ID: f"prefect.{role}.{id_}", RESOURCE_ROLE: role}
            found.append(one if name is None else one | {RESOURCE_NAME: name})
    every_tag = sorted({tag for some in tags for tag in some})
    return found + [{RESOURCE_ID: f"prefect.tag.{tag}", RESOURCE_ROLE: "tag"} for tag in every_tag]


def flow_run_payload(before: StateTaken | None, state: StateTaken) -> dict[str, Any]:
    """What is said about a flow run's state: the one before it, and what became of it."""
    return _payload(before, state) | {
        "initial_state": None if before is None else _shown(before),
        "validated_state": _shown(state),
    }


def task_run_payload(before: StateTaken | None, state: StateTaken, task_run: dict[str, Any]) -> dict[str, Any]:
    """As for a flow run, with the task run itself."""
    initial = None if before is None else _shown_of_task(before)
    validated = _shown_of_task(state) | {"data": None}
    return _payload(before, state) | {"initial_state": initial, "validated_state": validated, "task_run": task_run}


def _payload(before: StateTaken | None, state: StateTaken) -> dict[str, Any]:
    return {"intended": {"from": None if before is None else before.type, "to": state.type}}


def _shown(state: StateTaken) -> dict[str, Any]:
    shown: dict[str, Any] = {"type": state.type, "name": state.name}
    if state.message:
        shown["message"] = state.message
    if state.details.get("pause_reschedule"):
        shown["pause_reschedule"] = "true"
    return shown


def _shown_of_task(state: StateTaken) -> dict[str, Any]:
    details = {name: value for name, value in state.details.items() if value is not None}
    return {"type": state.type, "name": state.name, "message": state.message or "", "state_details": details}


class EventLimits(NamedTuple):
    """How much one event may say."""

    longest_name: int
    most_related: int
    most_labels: int


def complaint_about(
    name: str, resource: dict[str, str], related: list[dict[str, str]], limits: EventLimits
) -> str | None:
    """Why an event cannot be taken; None if it can."""
    if len(name) > limits.longest_name:
        return f"event: expected a name of at most {limits.longest_name} characters, got {len(name)}"
    if not resource.get(RESOURCE_ID):
        return f"resource: expected the label {RESOURCE_ID!r}, which says what the event is about"
    if len(related) > limits.most_related:
        return f"related: expected at most {limits.most_related} resources, got {len(related)}"
    if len(resource) > limits.most_labels or (related and max(map(len, related)) > limits.most_labels):
        return f"expected at most {limits.most_labels} labels of one resource"
    for place, one in enumerate(related):
        if not one.get(RESOURCE_ID) or not one.get(RESOURCE_ROLE):
            return f"related.{place}: expected the labels {RESOURCE_ID!r} and {RESOURCE_ROLE!r}"
    complaint = too_long("name", resource[RESOURCE_ID])
    return None if complaint is None else f"resource: {complaint} in the label {RESOURCE_ID!r}"
