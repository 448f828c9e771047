"""What a request by a run token speaks of must be the token's run, or a part of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast, get_args
from uuid import UUID

import msgspec

from tidemill.domain.entries import ENTRY_TYPES, FlowRunCreated, RootHeld
from tidemill.domain.events import FLOW_RUN, RESOURCE_ID, RESOURCE_ROLE, TASK_RUN
from tidemill.domain.runs import Operator
from tidemill.server.auth.refusal import lapsed, not_held
from tidemill.server.auth.run_reach import RENEWING, found_at, rules_of
from tidemill.server.refusals import Refusal
from tidemill.store.run_leases import Thing
from tidemill.store.well_formed import complaint_about

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tidemill.domain.entries import Entry
    from tidemill.domain.run_tokens import RunBound
    from tidemill.server.auth.refusal import Refusal as NotAllowed
    from tidemill.server.auth.run_reach import Owned
    from tidemill.server.calls import Call

_THINGS: Final[frozenset[str]] = frozenset(get_args(Thing))
_DECODE: Final = {kind: msgspec.json.Decoder(entry).decode for kind, entry in ENTRY_TYPES.items()}
#: What the fields of entries name; an entry's ``id`` is a task run's, save that of a flow run that is made.
_FIELDS: Final[dict[str, Thing]] = {
    "flow_run_id": "flow_run",
    "child_flow_run_id": "flow_run",
    "task_run_id": "task_run",
    "parent_task_run_id": "task_run",
    "deployment_id": "deployment",
    "id": "task_run",
}
#: By which fields what is asked for is of a run.
_OF_RUNS: Final = frozenset({"flow_run_id"})
_RUNS_BY: Final[dict[str, frozenset[str]]] = {
    "store_find_flow_runs": frozenset({"id", "root_flow_run_id"}),
    "store_count_flow_runs": frozenset({"id", "root_flow_run_id"}),
    "store_find_task_runs": _OF_RUNS,
    "store_count_task_runs": _OF_RUNS,
    "store_read_logs": _OF_RUNS,
}
_RESOURCES: Final[dict[str, Thing]] = {FLOW_RUN: "flow_run", TASK_RUN: "task_run"}
#: In this role a resource says which run a task run is of.
_AS_FLOW_RUN: Final = "flow-run"
_OURS: Final = ("prefect.", "tidemill.")


def check_run_scope(call: Call, given: Mapping[str, Any]) -> None:
    """Whether a request that came with a run token may be answered. Raises Refusal.

    The lease is looked at within the transaction that does what is asked for: whoever took the run over comes before
    it, and then it is refused, or after it.
    """
    run = call.actor.run
    if run is None:
        return
    rules = rules_of(call.operation.name)
    if rules is None:
        raise _foreign(run, "may not ask for this")
    _check_lease(call, run)
    for rule in rules:
        _CHECKS.get(rule.kind, _check_thing)(call, run, rule, found_at(given, rule.path))


def _check_lease(call: Call, run: RunBound) -> None:
    lease = call.store.run_lease(run.flow_run_id)
    standing = "dead" if lease is None else lease.standing(run.epoch, call.now)
    if standing == "dead":
        raise _said(not_held())
    if standing == "lapsed" and call.operation.name not in RENEWING:
        raise _said(lapsed())


def _said(refused: NotAllowed) -> Refusal:
    headers = {name.decode(): value.decode() for name, value in refused.headers}
    return Refusal(refused.status, refused.message, headers=headers)


def _foreign(run: RunBound, what: str) -> Refusal:
    return Refusal(403, f"a run token is for its own flow run alone, here {run.flow_run_id}: it {what}")


def _check_thing(call: Call, run: RunBound, rule: Owned, said: list[Any]) -> None:
    """Ids of things: all must be there and the run's, unless they may be new."""
    thing = cast("Thing", rule.kind)
    ids = {_id_of(run, thing, one) for one in said if one is not None or not rule.optional}
    _check_owned(call, run, thing, ids, new=rule.may_be_new)


def _id_of(run: RunBound, thing: Thing, said: Any) -> str:
    """As the store has it: what else a handle may be is not looked up, and another spelling might be by others."""
    try:
        id_ = str(UUID(str(said)))
    except ValueError:
        id_ = ""
    if id_ != str(said):
        raise _foreign(run, f"has to name each {_named(thing)} by its id")
    return id_


def _check_owned(call: Call, run: RunBound, thing: Thing, ids: set[str], *, new: bool) -> None:
    if not ids or (thing == "flow_run" and ids == {run.flow_run_id}):
        return
    known = call.store.owned_by_run(run.flow_run_id, thing, ids)
    foreign = [id_ for id_ in sorted(ids) if not known.get(id_, new)]
    if foreign:
        raise _foreign(run, f"has nothing to do with the {_named(thing)} {foreign[0]}")


def _check_run(_: Call, run: RunBound, __: Owned, said: list[Any]) -> None:
    if any(str(one) != run.flow_run_id for one in said):
        raise _foreign(run, "may ask this of the run itself alone")


def _check_epoch(_: Call, run: RunBound, rule: Owned, said: list[Any]) -> None:
    if any(one != run.epoch for one in said if one is not None or not rule.optional):
        raise _foreign(run, f"speaks for its epoch {run.epoch}, and for no other")


def _check_producer(_: Call, run: RunBound, __: Owned, said: list[Any]) -> None:
    """A slot's holder is a process, and behind a space what it holds the slot for."""
    if any(not str(one).partition(" ")[0].startswith(run.producer_prefix) for one in said):
        raise _foreign(run, f"speaks for processes whose ids begin with {run.producer_prefix}")


def _check_conditions(call: Call, run: RunBound, _: Owned, said: list[Any]) -> None:
    """One of them must say which runs are meant."""
    for condition in said[0] or ():
        names_runs = condition.field in _RUNS_BY[call.operation.name] and condition.operator is Operator.ANY
        if names_runs and isinstance(condition.value, list):
            _check_owned(call, run, "flow_run", set(map(str, condition.value)), new=True)
            return
    raise _foreign(run, "has to name the flow runs by their ids")


def _check_journal(call: Call, run: RunBound, _: Owned, said: list[Any]) -> None:
    """All of a batch is of the run, under the token's epoch. What is malformed the store keeps aside, unread."""
    batch: Any = said[0]
    if any(root != run.flow_run_id or epoch != run.epoch for root, epoch in batch.roots.items()):
        raise _foreign(run, f"reports for it, under epoch {run.epoch}, and for nothing else")
    told = [(kind, bytes(raw)) for kind, raw in batch.entries]
    named: dict[Thing, set[str]] = {}
    for kind, raw in told:
        if complaint_about(kind, raw) is None:
            _gather(run, _DECODE[kind](raw), named)
    for thing, ids in named.items():
        _check_owned(call, run, thing, ids, new=thing != "deployment")


def _gather(run: RunBound, entry: Entry, named: dict[Thing, set[str]]) -> None:
    if getattr(entry, "root", None) != run.flow_run_id:
        raise _foreign(run, "reports for it, and for nothing else")
    if isinstance(entry, RootHeld) and entry.epoch != run.epoch:
        raise _foreign(run, f"speaks for its epoch {run.epoch}, and for no other")
    for name in entry.__struct_fields__:
        thing = _FIELDS.get(name)
        if thing is not None and (id_ := getattr(entry, name)) is not None:
            is_run = name == "id" and isinstance(entry, FlowRunCreated)
            named.setdefault("flow_run" if is_run else thing, set()).add(id_)


def _check_events(call: Call, run: RunBound, _: Owned, said: list[Any]) -> None:
    """Events of resources of one's own making; of ours, those of the run and its parts."""
    events: Iterable[Any] = said[0]
    for event in events:
        about = str(event.resource.get(RESOURCE_ID, ""))
        if not _is_checked(call, run, about) and about.startswith(_OURS):
            raise _foreign(run, f"tells nothing of {about[:100]!r}")
        for related in event.related:
            told = str(related.get(RESOURCE_ID, ""))
            if not _is_checked(call, run, told) and related.get(RESOURCE_ROLE) == _AS_FLOW_RUN:
                raise _foreign(run, f"tells nothing of {told[:100]!r}")


def _is_checked(call: Call, run: RunBound, resource: str) -> bool:
    """Whether it is a run that is told of; then it is the token's, or this raises Refusal."""
    for prefix, thing in _RESOURCES.items():
        if resource.startswith(prefix):
            id_ = _id_of(run, thing, resource.removeprefix(prefix))
            _check_owned(call, run, thing, {id_}, new=thing == "task_run")
            return True
    return False


def _named(kind: str) -> str:
    return kind.replace("_", " ")


_CHECKS: Final[dict[str, Callable[[Call, RunBound, Owned, list[Any]], None]]] = {
    "run": _check_run,
    "epoch": _check_epoch,
    "producer": _check_producer,
    "conditions": _check_conditions,
    "journal": _check_journal,
    "events": _check_events,
}
