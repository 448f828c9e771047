"""What a run token may ask for, and of what: the whole of it, in one table. An operation that is not here is refused.

Each rule says which of the things that a request names must be the run's own, as ``<what> <where>``. ``where`` is a
variable of the path, or leads through ``body`` or ``query`` by its fields; ``*`` is each of a list. ``?`` behind
``what``: it need not be said. ``+``: it may be that it is not there yet, and then it is the run's.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec

#: What can be named, beside the things of a store (``store/run_leases.py``). ``run``: the run itself, no part of it.
#: ``epoch``: the token's. ``producer``: a process that reports by this token. ``journal``, ``events``, ``conditions``:
#: what is said in them.
_OTHERS: Final = frozenset({"run", "epoch", "producer", "journal", "events", "conditions"})
_KINDS: Final = frozenset({"flow_run", "task_run", "artifact", "flow", "deployment"}) | _OTHERS

#: Nothing is named that could be another's.
_ANY: Final[tuple[str, ...]] = ()
_RUN: Final = ("flow_run id",)
_TASK: Final = ("task_run id",)
_BODY_RUN: Final = ("flow_run body.flow_run_id",)
_BODY_RUNS: Final = ("flow_run+ body.flow_run_ids.*",)
_CONDITIONS: Final = ("conditions body.conditions",)
#: Task runs hold the slots of their tags under their own ids. Other leases of slots have ids that nobody guesses.
_LEASE: Final = ("task_run+ body.lease_id",)
_PRODUCER: Final = ("producer body.producer",)

REACH: Final[dict[str, tuple[str, ...]]] = {
    # who is there, and what everybody may know
    "read_version": _ANY,
    "server_version": _ANY,
    "read_tidemill_version": _ANY,
    "hello": _ANY,
    "create_csrf_token": _ANY,
    # the journal, and the lease
    "apply_journal": ("producer body.producer", "journal body"),
    "store_claim_flow_run": ("run body.flow_run_id", "producer body.producer"),  # handed over, by who claimed it
    "store_register_producer": ("producer body.producer.id",),
    "store_beat": _PRODUCER,
    "store_end_producer": _PRODUCER,
    "store_read_producer": _PRODUCER,
    "store_unfinished_runs_of": _PRODUCER,
    "store_crash_runs_of": _PRODUCER,
    # the run's record, as the engine asks for it
    "store_read_flow_run": ("flow_run body.handle",),
    "store_find_flow_runs": _CONDITIONS,
    "store_count_flow_runs": _CONDITIONS,
    "store_find_task_runs": _CONDITIONS,
    "store_count_task_runs": _CONDITIONS,
    "store_read_logs": _CONDITIONS,
    "store_flow_run_states": _BODY_RUN,
    "store_subflow_runs": ("run body.root_flow_run_id",),
    "store_read_task_run": ("task_run body.handle",),
    "store_task_run_states": ("task_run body.task_run_id",),
    "store_tallies": _BODY_RUN,
    "store_recorded_calls": ("run body.root_flow_run_id",),
    "store_kept_result": ("flow_run+ body.run_id", "task_run+ body.run_id"),
    "store_kept_parameters": _BODY_RUN,
    "store_set_flow_run_state": ("flow_run body.flow_run_id", "epoch? body.epoch"),
    "store_cancelling": _BODY_RUNS,
    "store_suspensions": _BODY_RUNS,
    "store_put_flow_run_input": ("flow_run body.given.flow_run_id",),
    "store_find_flow_run_inputs": _BODY_RUN,
    "store_read_flow_run_input": _BODY_RUN,
    "store_delete_flow_run_input": _BODY_RUN,
    # the same, waited for
    "store_await_read_flow_run": ("flow_run body.asked.handle",),
    "store_await_find_flow_run_inputs": ("flow_run body.asked.flow_run_id",),
    "store_await_read_limit": _ANY,
    # slots
    "store_limits": _ANY,
    "store_limited": _ANY,
    "store_read_limit": _ANY,
    "store_acquire_slots": ("producer body.request.holder", "task_run+ body.request.lease_id"),
    "store_renew_slots": _LEASE,
    "store_release_slots": _LEASE,
    "bulk_increment_active_slots_with_lease": _ANY,
    "bulk_decrement_active_slots_with_lease": _LEASE,
    "renew_concurrency_lease": ("task_run+ lease_id",),
    "increment_concurrency_limits_v1": ("task_run body.task_run_id",),
    "decrement_concurrency_limits_v1": ("task_run body.task_run_id",),
    "read_concurrency_limit_v2": _ANY,
    "read_concurrency_limit_by_tag": _ANY,
    # the run and its parts, as clients ask for them
    "read_flow_run": _RUN,
    "update_flow_run": _RUN,
    "update_flow_run_labels": _RUN,
    "set_flow_run_state": _RUN,
    "read_flow_run_graph_v1": _RUN,
    "read_flow_run_graph_v2": _RUN,
    "download_logs": _RUN,
    "create_flow_run_input": _RUN,
    "filter_flow_run_input": _RUN,
    "read_flow_run_input": _RUN,
    "delete_flow_run_input": _RUN,
    "await_flow_run": _RUN,
    "read_flow_run_states": ("flow_run query.flow_run_id",),
    "create_flow_run": ("task_run body.parent_task_run_id", "deployment? body.deployment_id"),
    "create_flow_run_from_deployment": ("task_run body.parent_task_run_id",),
    "create_task_run": ("flow_run body.flow_run_id", "task_run?+ body.id"),
    "read_task_run": _TASK,
    "update_task_run": _TASK,
    "set_task_run_state": _TASK,
    "read_task_run_states": ("task_run query.task_run_id",),
    "read_flow": ("flow id",),
    "read_deployment": ("deployment id",),
    # what it tells
    "create_logs": ("flow_run body.*.flow_run_id", "task_run?+ body.*.task_run_id"),
    "create_artifact": ("flow_run body.flow_run_id", "task_run?+ body.task_run_id"),
    "read_artifact": ("artifact id",),
    "update_artifact": ("artifact id",),
    "create_events": ("events body",),
    "follow": ("flow_run query.flow_run_id",),
    # what flows are set up with
    "read_variable": _ANY,
    "read_variable_by_name": _ANY,
    "read_variables": _ANY,
    "count_variables": _ANY,
    "read_block_documents": _ANY,
    "count_block_documents": _ANY,
    "read_block_document_by_id": _ANY,
    "read_block_documents_for_block_type": _ANY,
    "read_block_document_by_name_for_block_type": _ANY,
    "read_block_types": _ANY,
    "read_block_type_by_id": _ANY,
    "read_block_type_by_slug": _ANY,
    "read_available_block_capabilities": _ANY,
    "read_block_schemas": _ANY,
    "read_block_schema_by_id": _ANY,
    "read_block_schema_by_checksum": _ANY,
}
#: What a token may whose lease ran out while nobody took the run over: bring it back, and report what happened.
RENEWING: Final = frozenset({"apply_journal", "store_register_producer", "store_beat"})


class Owned(NamedTuple):
    """Something that a request names, and that must be the run's."""

    kind: str
    path: tuple[str, ...]
    optional: bool
    may_be_new: bool


def _owned(rule: str) -> Owned:
    said, _, where = rule.partition(" ")
    kind = said.rstrip("?+")
    if kind not in _KINDS:
        raise ValueError(f"nothing is known of {kind!r}, which {rule!r} speaks of")
    return Owned(kind, tuple(where.split(".")), "?" in said, "+" in said)


_RULES: Final = {name: tuple(map(_owned, rules)) for name, rules in REACH.items()}


def rules_of(operation: str) -> tuple[Owned, ...] | None:
    """What must be the run's own in a request for an operation; None for one that is not for run tokens."""
    return _RULES.get(operation)


def found_at(given: object, path: tuple[str, ...]) -> list[object]:
    """What a request says there, as often as it says something."""
    here: list[object] = [given]
    for step in path:
        if step == "*":
            here = [one for many in here if isinstance(many, list | tuple) for one in many]
        else:
            here = [_part(one, step) for one in here]
    return here


def _part(whole: object, name: str) -> object:
    part = whole.get(name) if isinstance(whole, dict) else getattr(whole, name, None)
    return None if part is msgspec.UNSET else part
