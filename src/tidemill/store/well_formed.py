"""What an entry must be before any of it is believed: whole, of the declared types, of a kind that is known.

A journal's checksums keep harmed bytes out. What is left is an entry that a newer or a broken tidemill wrote; it must
stop neither the entries after it nor the home's next opening, so it is kept aside with the reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from tidemill.domain.entries import ENTRY_TYPES, FlowRunCreated
from tidemill.domain.json_depth import LEVELS_READ, too_deep
from tidemill.domain.states import StateType
from tidemill.store.answering import flow_run_policy, task_run_policy
from tidemill.store.readable import LAST_MOMENT, complaint_about_details, complaint_about_policy

if TYPE_CHECKING:
    from tidemill.domain.entries import Entry

_DECODE: Final = {kind: msgspec.json.Decoder(entry).decode for kind, entry in ENTRY_TYPES.items()}
_STATES: Final = frozenset(state.value for state in StateType)

#: Fields that hold a JSON object, or nothing.
_OBJECTS: Final = ("parameters", "inputs", "details", "empirical_policy", "labels")
_OBJECTS_OF: Final = {
    kind: tuple(name for name in _OBJECTS if name in entry.__struct_fields__) for kind, entry in ENTRY_TYPES.items()
}

_TIMES_OF: Final = {
    kind: tuple(name for name in entry.__struct_fields__ if name.endswith("_us")) for kind, entry in ENTRY_TYPES.items()
}
_NUMBERS: Final = ("level", "epoch", "ordinal", "run_count", "flow_run_run_count")
_NUMBERS_OF: Final = {
    kind: tuple(name for name in _NUMBERS if name in entry.__struct_fields__) for kind, entry in ENTRY_TYPES.items()
}
#: The greatest integer that SQLite keeps.
_GREATEST: Final = 2**63 - 1


def complaint_about(kind: int, payload: bytes) -> str | None:
    """Why an entry cannot be applied; None for one that can."""
    decode = _DECODE.get(kind)
    if decode is None:
        return f"entries of kind {kind} are not known to this version"
    try:
        entry = decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return f"it cannot be read: {error}"
    if too_deep(payload, LEVELS_READ):
        return f"it cannot be read: nested more than {LEVELS_READ} levels deep"
    return _complaint_of(entry, kind)


def _complaint_of(entry: Any, kind: int) -> str | None:
    state = getattr(entry, "type", None)
    if state is not None and state not in _STATES:
        return f"there is no state of type {state!r}"
    for name in _OBJECTS_OF[kind]:
        value = getattr(entry, name)
        if value is not None and type(value) is not dict:
            return f"its {name} are no object"
    read = flow_run_policy if kind == FlowRunCreated.kind else task_run_policy
    unreadable = complaint_about_details(getattr(entry, "details", None))
    unreadable = unreadable or complaint_about_policy(getattr(entry, "empirical_policy", None), read)
    if unreadable is not None:
        return f"it says what nobody could read: {unreadable}"
    return _complaint_about_numbers(kind, entry)


def _complaint_about_numbers(kind: int, entry: Entry) -> str | None:
    for field in _TIMES_OF[kind]:
        moment = getattr(entry, field)
        if moment is not None and not 0 <= moment <= LAST_MOMENT:
            return f"its {field} is no moment that a clock shows"
    for field in _NUMBERS_OF[kind]:
        if not -_GREATEST <= getattr(entry, field) <= _GREATEST:
            return f"its {field} is too large a number"
    return None
