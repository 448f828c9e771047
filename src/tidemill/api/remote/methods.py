"""Which methods of the store are asked for over HTTP, and how: made from their signatures, so nothing is said twice.

Times among the arguments are by the caller's clock; ``sent_us`` says what that showed when it asked, and whoever
answers moves them to its own. So leases are as long as they were meant to be, however far apart the clocks are.
"""

from __future__ import annotations

import collections.abc
import inspect
from functools import cache
from typing import Any, Final, NamedTuple, get_args, get_origin, get_type_hints

import msgspec

from tidemill.domain import limits, pauses, runs, states
from tidemill.store.run_store import RunStore

_R: Final = "runs:read"
_W: Final = "runs:write"
_LR: Final = "concurrency_limits:read"
_LW: Final = "concurrency_limits:write"

#: Each method, and the permission that it takes; what does not end in ``:read`` writes.
ASKED: Final[dict[str, str]] = {
    "read_flow_run": _R,
    "find_flow_runs": _R,
    "count_flow_runs": _R,
    "unfinished_root_runs": _R,
    "flow_run_states": _R,
    "subflow_runs": _R,
    "read_task_run": _R,
    "find_task_runs": _R,
    "count_task_runs": _R,
    "tallies": _R,
    "task_run_states": _R,
    "read_logs": "logs:read",
    "flows": _R,
    "recorded_calls": _R,
    "kept_result": _R,
    "kept_parameters": _R,
    "late_reports": _R,
    "claim_flow_run": _W,
    "set_flow_run_state": _W,
    "cancel_flow_run": _W,
    "cancelling": _R,
    "resume_flow_run": _W,
    "crash_runs_of": _W,
    "suspend_flow_run": _W,
    "suspensions": _R,
    "delete_flow_run": _W,
    "delete_flow_runs_ended_before": _W,
    "put_flow_run_input": _W,
    "find_flow_run_inputs": _R,
    "read_flow_run_input": _R,
    "delete_flow_run_input": _W,
    "register_producer": _W,
    "beat": _W,
    "end_producer": _W,
    "read_producer": _R,
    "producers_not_ended": _R,
    "ended_producers": _R,
    "lapsed_producers": _R,
    "unfinished_runs_of": _R,
    "create_limit": _LW,
    "read_limit": _LR,
    "limits": _LR,
    "update_limit": _LW,
    "delete_limit": _LW,
    "limited": _LR,
    "slot_holdings": _LR,
    "acquire_slots": _W,
    "renew_slots": _W,
    "release_slots": _W,
}
#: What processes wait for: these are also answered when the answer is another than the one that is known.
AWAITED: Final = ("read_flow_run", "find_flow_run_inputs", "read_limit")
_TIMES: Final = frozenset({"now", "now_us", "lease_until", "lease_until_us", "beat_us", "until_us"})


class Method(NamedTuple):
    """A method as it is asked for: ``arguments`` is a struct of its parameters."""

    name: str
    permission: str
    arguments: type[msgspec.Struct]
    answer: Any

    @property
    def writes(self) -> bool:
        """Whether it changes what is stored."""
        return not self.permission.endswith(":read")


@cache
def methods() -> dict[str, Method]:
    """Every method of ``ASKED``."""
    return {name: _method(name, permission) for name, permission in ASKED.items()}


def _method(name: str, permission: str) -> Method:
    function = getattr(RunStore, name)
    hints = get_type_hints(function, _names(), include_extras=True)
    fields: list[Any] = [("sent_us", int, 0)]
    for parameter in list(inspect.signature(function).parameters.values())[1:]:
        hint = _as_sent(hints[parameter.name])
        if parameter.default is parameter.empty:
            fields.append((parameter.name, hint))
        else:
            fields.append((parameter.name, hint, _default(parameter.default)))
    title = "".join(word.capitalize() for word in name.split("_"))
    arguments = msgspec.defstruct(f"Store{title}", fields, kw_only=True, module=__name__, forbid_unknown_fields=True)
    return Method(name, permission, arguments, _as_sent(hints["return"]))


def _names() -> dict[str, Any]:
    names: dict[str, Any] = {}
    for module in (collections.abc, runs, limits, pauses, states):
        names |= vars(module)
    return names


def _as_sent(hint: Any) -> Any:
    """Whatever can be iterated over is sent as a list."""
    if get_origin(hint) in (collections.abc.Collection, collections.abc.Sequence, collections.abc.Iterator):
        return list[get_args(hint)[0]]  # type: ignore[misc]  # made when the program runs
    return None if hint is type(None) else hint


def _default(default: Any) -> Any:
    return [] if default == () else default


def by_our_clock(value: Any, shift_us: int) -> Any:
    """An argument whose times are moved by so many microseconds."""
    if shift_us and isinstance(value, msgspec.Struct):
        moved = {
            name: getattr(value, name) + shift_us
            for name in value.__struct_fields__
            if name in _TIMES and getattr(value, name) is not None
        }
        return msgspec.structs.replace(value, **moved) if moved else value
    return value


def is_time(name: str) -> bool:
    """Whether a parameter of this name is a moment."""
    return name in _TIMES
