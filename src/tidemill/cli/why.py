"""``tidemill why``: what stands between a run and its completion, and what to do about it."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING, NamedTuple

import click

from tidemill.cli.finding import flow_run_of
from tidemill.cli.home import opened_home
from tidemill.cli.moments import ago, now_from
from tidemill.cli.next_step import next_command
from tidemill.cli.output import Output, output_options
from tidemill.cli.parameters import positional
from tidemill.cli.plain_text import indented
from tidemill.domain.limits import waits_for
from tidemill.domain.runs import Condition, Operator, any_of
from tidemill.domain.states import StateType

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tidemill.api.embedded import Home
    from tidemill.cli.gates import Gate
    from tidemill.domain.runs import FlowRun, TaskRun

_BROKEN = (StateType.FAILED.value, StateType.CRASHED.value, StateType.CANCELLED.value)
_FEW = 5
#: So many of the latest lines of a run are looked at.
_LATELY = 100
#: Limits whose slots are taken without the code asking for them.
_OF_ITSELF = ("tag:", "deployment:")


class Reason(NamedTuple):
    """Something that is in the way, and the command that helps."""

    what: str
    hint: str | None = None


@click.command()
@positional("id", metavar="RUN")
@output_options
def why(id: str, output: Output) -> None:  # noqa: A002 - as the other commands
    """Explain why a flow run is in the state it is in, and what to do about it."""
    with opened_home() as home:
        run = flow_run_of(home, id)
        gates = _gates(home, run)
        shut = [Reason(gate.shut, gate.hint) for gate in gates if gate.shut is not None]
        if gates and not shut:
            shut = [Reason("Nothing is in its way: a worker takes it when it looks next.", _watch(run))]
        reasons = [*shut, *_reasons(home, run, handed_out=bool(gates))]
    told = {
        "id": run.id,
        "name": run.name,
        "state_name": run.state_name,
        "because": [reason.what for reason in reasons],
        "gates": [{"name": gate.name, "open": gate.shut is None, "why": gate.shut} for gate in gates],
        "try": next((reason.hint for reason in reasons if reason.hint), None),
    }
    if output.asked is not None or output.fields:
        output.item(told, key="id")
        return
    click.echo(f"Flow run {run.name!r} is {run.state_name}.", file=output.stream)
    for reason in reasons:
        click.echo(indented(reason.what), file=output.stream)
    if told["try"]:
        click.echo(f"Try: {told['try']}", file=output.stream)


def _gates(home: Home, run: FlowRun) -> list[Gate]:
    """The gates before a run that has not begun."""
    if run.state_type not in (StateType.SCHEDULED, StateType.PENDING):
        return []
    from tidemill.cli.api import api_of  # noqa: PLC0415 - most runs that somebody asks about have begun
    from tidemill.cli.gates import gates_of  # noqa: PLC0415 - as above

    with api_of(home) as api:
        return gates_of(api, run.id, now_from(home.clock.now_us()))


def _reasons(home: Home, run: FlowRun, *, handed_out: bool) -> Iterator[Reason]:
    """The nearest reason first. ``handed_out``: the gates before it are told already."""
    message = run.state.message if run.state is not None else None
    match run.state_type:
        case StateType.COMPLETED:
            yield Reason("It has done all it had to do.", next_command(run))
        case StateType.FAILED | StateType.CANCELLED:
            yield from _broken_tasks(home, run)
            yield Reason(message or "No reason was given.", next_command(run))
        case StateType.CRASHED | StateType.PAUSED:
            yield Reason(message or "It waits for somebody to go on with it.", next_command(run))
        case _ if handed_out:
            if message:
                yield Reason(message)
        case _:
            yield from _waiting_tasks(home, run)
            if message:
                yield Reason(message)
            yield _holder(home, run)
            if run.state_type is StateType.RUNNING:
                yield from _full_limits(home, run)


def _broken_tasks(home: Home, run: FlowRun) -> Iterator[Reason]:
    conditions = [any_of("flow_run_id", run.id), any_of("state_type", *_BROKEN)]
    for task in home.store.find_task_runs(conditions, limit=_FEW):
        said = f": {task.state.message}" if task.state.message else ""
        yield Reason(f"Task run {task.name!r} is {task.state_name}{said}", f"tidemill task-run logs {task.id}")


def _waiting_tasks(home: Home, run: FlowRun) -> Iterator[Reason]:
    now = now_from(home.clock.now_us())
    unfinished = [any_of("flow_run_id", run.id), Condition("end_time", Operator.IS_NULL, value=True)]
    waiting = home.store.find_task_runs(unfinished, limit=_FEW)
    limits = {limit.name: limit for limit in home.store.limits(home.clock.now_us())} if waiting else {}
    told = set()
    for task in waiting:
        yield Reason(_standing(task, now))
        for tag in task.tags if task.state_type is not StateType.RUNNING else ():
            limit = limits.get(f"tag:{tag}") or limits.get(tag)
            if limit is None or limit.name in told or not limit.active or limit.active_slots < limit.limit:
                continue
            told.add(limit.name)
            yield Reason(
                f"Concurrency limit {limit.name!r} is full: {limit.active_slots} of {limit.limit} slots are taken",
                f"tidemill global-concurrency-limit update {quote(limit.name)} --limit {limit.limit + 1}",
            )


def _full_limits(home: Home, run: FlowRun) -> Iterator[Reason]:
    """What code may be waiting for within a run: a run of tidemill says so in its log, of others nobody knows."""
    full = [limit for limit in home.store.limits(home.clock.now_us()) if limit.active_slots >= limit.limit]
    for limit in full:
        if not limit.active or limit.name.startswith(_OF_ITSELF):
            continue
        taken = f"{limit.active_slots} of {limit.limit} are taken"
        if _says_that_it_waits(home, run, limit.name):
            more = f"tidemill global-concurrency-limit update {quote(limit.name)} --limit {limit.limit + 1}"
            yield Reason(f"Its code waits for a slot of concurrency limit {limit.name!r}: {taken}.", more)
        else:
            yield Reason(f"If its code asks for a slot of concurrency limit {limit.name!r}, it waits there: {taken}.")


def _says_that_it_waits(home: Home, run: FlowRun, limit: str) -> bool:
    """Whether that is the last thing that the run said, or one of its task runs."""
    lines = home.store.read_logs([any_of("flow_run_id", run.id)], limit=_LATELY, newest_first=True)
    last: dict[str | None, str] = {}
    for line in sorted(lines, key=lambda line: line.position):
        last[line.task_run_id] = line.message
    return waits_for(limit) in last.values()


def _standing(task: TaskRun, now: datetime) -> str:
    said = f": {task.state.message}" if task.state.message else ""
    return f"Task run {task.name!r} is {task.state_name}, begun {ago(task.state.timestamp, now)}{said}"


def _holder(home: Home, run: FlowRun) -> Reason:
    process = home.store.read_producer(run.holder) if run.holder is not None else None
    if process is not None and process.pid is not None:
        return Reason(f"Process {process.pid} on {process.host} is at it.", _watch(run))
    if run.state_type is StateType.SCHEDULED:
        return Reason("It belongs to no deployment, so nobody hands it out: who made it has to run it.", _watch(run))
    return Reason("Whoever is at it reports over the API, and is not known beyond that.", _watch(run))


def _watch(run: FlowRun) -> str:
    return f"tidemill flow-run watch {run.id}"
