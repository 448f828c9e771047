"""What is said to those for whom there are no slots now: 423, and when to ask again."""

from __future__ import annotations

from random import uniform
from typing import TYPE_CHECKING, Final

from tidemill.server.messages import refused
from tidemill.server.refusals import Refusal

if TYPE_CHECKING:
    from tidemill.domain.limits import Denials, SlotsDenied
    from tidemill.server.calls import Answer, Call
    from tidemill.settings import Settings

TAG: Final = "tag:"
_LOCKED: Final = 423
#: Those who were refused together do not come back together.
_SPREAD: Final = (0.7, 1.3)
_SHORTEST: Final = 0.1
_LONGEST: Final = 86_400.0


def told_to_wait(call: Call, slots: int, denied: SlotsDenied) -> Answer:
    """The answer. That somebody waits is noted, so it is no error, which would undo that."""
    known = call.store.note_denied_slots(denied.limit, slots, call.now)
    wait = _wait(call.settings, known)
    return locked(f"all slots of the concurrency limit '{denied.limit}' are taken", max(_SHORTEST, wait))


def _wait(settings: Settings, known: Denials) -> float:
    longest = (
        settings.server.tasks.tag_concurrency_slot_wait_seconds
        if known.name.startswith(TAG)
        else settings.server.concurrency.maximum_concurrency_slot_wait_seconds
    )
    wait = known.wait(longest) * uniform(*_SPREAD)  # noqa: S311 - nothing secret follows from it
    return min(wait, _LONGEST if known.decay else longest)


def locked(message: str, retry_after: float | None = None) -> Answer:
    """Not now."""
    headers = {} if retry_after is None else {"Retry-After": f"{retry_after:.3f}"}
    return refused(Refusal(_LOCKED, message, headers=headers))
