"""Whether what strangers say of a state or of a policy can be read again: else it would spoil every list it is in.

Both are kept as they were said. Asked here are those who read them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import msgspec

from tidemill.domain.orchestration.facts import run_policy
from tidemill.store.answering import Details
from tidemill.store.judging import KeptDetails

if TYPE_CHECKING:
    from collections.abc import Callable

#: The end of the year 9999, in microseconds since 1970.
LAST_MOMENT: Final = 253_402_300_799_999_999
_encode: Final = msgspec.json.Encoder().encode


def complaint_about_details(details: dict[str, Any] | None) -> str | None:
    """Why nobody could read a state's details; None where all can."""
    if not details:
        return None
    try:
        msgspec.convert(details, Details, strict=False)
        kept = msgspec.convert(details, KeptDetails, strict=False)
    except msgspec.ValidationError as error:
        return str(error)
    if kept.scheduled_us is not None and not 0 <= kept.scheduled_us <= LAST_MOMENT:
        return "its scheduled_us is no moment that a clock shows"
    return None


def complaint_about_policy(policy: dict[str, Any] | None, read: Callable[[str], object]) -> str | None:
    """Likewise of an ``empirical_policy``, which ``flow_run_policy`` or ``task_run_policy`` reads."""
    return _complaint_about(_encode(policy).decode(), read) if policy else None


@lru_cache(1024)  # of a hundred thousand task runs all have the few of their tasks
def _complaint_about(policy: str, read: Callable[[str], object]) -> str | None:
    try:
        read(policy)
        run_policy(msgspec.json.decode(policy))
    except msgspec.ValidationError as error:
        return str(error)
    return None
