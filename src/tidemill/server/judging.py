"""What a request says about a proposed state, in the words of the rules."""

from __future__ import annotations

import os
import random
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tidemill.domain.identity import uuid7
from tidemill.domain.orchestration.proposals import proposed_state
from tidemill.domain.states import StateDetails, from_us, to_us
from tidemill.server.versions import client_version
from tidemill.store.judging import Circumstances
from tidemill.wire.states import OrchestrationResult, SetStateStatus
from tidemill.wire.states import StateDetails as WireDetails

if TYPE_CHECKING:
    from tidemill.domain.orchestration.facts import ProposedState
    from tidemill.server.calls import Call
    from tidemill.settings import Settings
    from tidemill.store.judging import Outcome
    from tidemill.wire.states import StateCreate

_NOTHING_SAID = WireDetails()
_CHANCE = random.SystemRandom().random


def proposed(call: Call, state: StateCreate, *, id: str | None = None) -> ProposedState:  # noqa: A002 - as the wire calls it
    """The state that a client proposes, as of now."""
    return proposed_state(
        state.type,
        state.name,
        now_us=call.now,
        message=state.message,
        details=_details(state),
        data=state.data,
        id=id,
    )


def _details(state: StateCreate) -> StateDetails:
    if state.state_details == _NOTHING_SAID:
        return StateDetails()
    said, given = state.state_details, {}
    for name, default in zip(said.__struct_fields__, said.__struct_defaults__, strict=True):
        value = getattr(said, name)
        if value is not None and value is not default:
            given[name] = _kept(name, value)
    return StateDetails(**given)


def _kept(name: str, value: Any) -> Any:
    if name.endswith("_id"):
        return str(value)
    return from_us(to_us(value)) if isinstance(value, datetime) else value


def circumstances(call: Call) -> Circumstances:
    """When and by whom a state is proposed, and the settings that rules go by."""
    return own_circumstances(call.settings, call.now, client_version(call.headers))


def own_circumstances(settings: Settings, now: int, client_version: str | None = None) -> Circumstances:
    """The same of what a server proposes by itself."""
    server = settings.server
    return Circumstances(
        now=now,
        new_id=lambda: uuid7(now, os.urandom(10)),
        chance=_CHANCE,
        client_version=client_version,
        lease_seconds=server.concurrency.initial_deployment_lease_duration,
        slot_wait_seconds=server.tasks.tag_concurrency_slot_wait_seconds,
        requeue_seconds=server.deployments.concurrency_slot_wait_seconds,
        longest_cache_key=server.tasks.max_cache_key_length,
    )


def entropy() -> int:
    """For names that are made up."""
    return int.from_bytes(os.urandom(8), "big")


def result(outcome: Outcome) -> OrchestrationResult:
    """As it is answered."""
    details: Any = outcome.details
    return OrchestrationResult(details=details, state=outcome.state, status=SetStateStatus(outcome.status))
