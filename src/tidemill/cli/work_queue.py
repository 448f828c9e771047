"""``tidemill work-queue``: the queues of work pools. Without ``--pool``, a queue is looked for in all of them."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING, Any, Final

import click

from tidemill.api.client.refused import ConflictError
from tidemill.api.operations import work_pools as of_pools
from tidemill.api.operations import work_queues as operations
from tidemill.cli.api import opened_api
from tidemill.cli.api_rows import row_of
from tidemill.cli.errors import NotFound, Problem, UsageProblem
from tidemill.cli.lazy import CommandGroup
from tidemill.cli.moments import ago, local
from tidemill.cli.new_names import check_new_name
from tidemill.cli.output import Column, Output, output_options
from tidemill.cli.parameters import positional, whole_number
from tidemill.cli.scheduled_runs import show_scheduled, show_slots
from tidemill.cli.session import confirm
from tidemill.cli.wall_clock import now
from tidemill.cli.work_pool import read_pool
from tidemill.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidemill.api.client.client import Client
    from tidemill.wire.work_queues import WorkQueueResponse

_LS: Final = "tidemill work-queue ls"
_AGENTS: Final = "default-agent-pool"
in_pool: Final[Callable[[Any], Any]] = click.option("--pool", "-p", metavar="POOL", help="The work pool it belongs to.")


@click.group(cls=CommandGroup)
def work_queue() -> None:
    """Look after the queues of work pools."""


@work_queue.command()
@in_pool
@click.option("--match", "-m", "work_queue_prefix", metavar="TEXT", help="Only those whose names begin so.")
@click.option("--verbose/--no-verbose", "-v", default=False, help="Show more columns.")
@output_options
def ls(pool: str | None, work_queue_prefix: str | None, verbose: bool, output: Output) -> None:
    """List queues by pool and priority."""
    with opened_api() as api:
        if pool is not None:
            read_pool(api, pool)
        rows = [row_of(each) for each in _queues(api, pool) if each.name.startswith(work_queue_prefix or "")]
    rows.sort(key=lambda row: (row["work_pool_name"] or "", row["priority"], row["name"]))
    moment = now()
    columns = [
        Column("work_pool_name", title="Pool"),
        Column("name"),
        Column("priority"),
        Column("status"),
        Column("concurrency_limit"),
        Column("last_polled", show=lambda value: ago(value, moment), wide=not verbose),
        Column("id", title="ID", wide=not verbose),
    ]
    output.rows(rows, columns, key="name", empty="No work queues. A work pool has one from the start.")


@work_queue.command()
@positional("name")
@in_pool
@output_options
def inspect(name: str, pool: str | None, output: Output) -> None:
    """Show everything about a queue."""
    with opened_api() as api:
        shown = {"created": local, "updated": local, "last_polled": local}
        output.item(row_of(_read(api, name, pool)), show=shown)


@work_queue.command()
@positional("name")
@in_pool
@click.option("--limit", "-l", type=click.IntRange(min=0), help="How many of its runs may be under way at once.")
@click.option("--priority", "-q", type=click.IntRange(min=1), help="1 comes first; unsaid, after all others.")
def create(name: str, pool: str | None, limit: int | None, priority: int | None) -> None:
    """Make a queue."""
    check_new_name(name, "work queue", in_addresses=True)
    said = {"name": name, "concurrency_limit": limit, "priority": priority}
    body = {key: value for key, value in said.items() if value is not None}
    with opened_api() as api:
        try:
            if pool is None:
                api.ask(operations.CREATE_WORK_QUEUE, body=body)
            else:
                read_pool(api, pool)
                api.ask(of_pools.CREATE_WORK_QUEUE, body=body, work_pool_name=pool)
        except ConflictError as error:
            raise Problem(
                f"there is a work queue {name!r} in {pool or _AGENTS!r} already",
                hint=f"tidemill work-queue inspect {quote(name)}",
            ) from error
    click.echo(f"Created work queue {name!r} in work pool {pool or _AGENTS!r}.")


@work_queue.command()
@positional("name")
@in_pool
def pause(name: str, pool: str | None) -> None:
    """Hold back the runs of a queue."""
    _change(name, pool, {"is_paused": True})
    click.echo(f"Work queue {name!r} is paused. Go on with: tidemill work-queue resume {quote(name)}")


@work_queue.command()
@positional("name")
@in_pool
def resume(name: str, pool: str | None) -> None:
    """Hand out the runs of a queue again."""
    _change(name, pool, {"is_paused": False})
    click.echo(f"Work queue {name!r} hands out runs again.")


@work_queue.command("set-concurrency-limit")
@positional("name")
@positional("limit")
@in_pool
def set_concurrency_limit(name: str, limit: str, pool: str | None) -> None:
    """Say how many runs of a queue may be under way at once."""
    number = whole_number(limit, "LIMIT")
    _change(name, pool, {"concurrency_limit": number})
    click.echo(f"At most {number} runs of work queue {name!r} are under way at once.")


@work_queue.command("clear-concurrency-limit")
@positional("name")
@in_pool
def clear_concurrency_limit(name: str, pool: str | None) -> None:
    """Let any number of runs of a queue be under way."""
    _change(name, pool, {"concurrency_limit": None})
    click.echo(f"Work queue {name!r} has no limit any more.")


@work_queue.command()
@positional("name")
@in_pool
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def delete(name: str, pool: str | None, yes: bool) -> None:
    """Delete a queue."""
    with opened_api() as api:
        queue = _read(api, name, pool)
        if not confirm(f"Delete work queue {name!r} of work pool {queue.work_pool_name!r}?", yes=yes):
            raise Problem("nothing was deleted")
        api.ask(operations.DELETE_WORK_QUEUE, id=queue.id)
    click.echo(f"Deleted work queue {name!r}.")


@work_queue.command()
@positional("name")
@in_pool
@click.option("--hours", "-h", type=click.IntRange(min=0), help="Only runs of so many hours from now.")
@output_options
def preview(name: str, pool: str | None, hours: int | None, output: Output) -> None:
    """List the runs that wait in a queue, the next first."""
    with opened_api() as api:
        queue = _read(api, name, pool)
        show_scheduled(api, output, pool=queue.work_pool_name, queue=name, hours=hours)


@work_queue.command("read-runs")
@positional("name")
@in_pool
@output_options
def read_runs(name: str, pool: str | None, output: Output) -> None:
    """List the runs that wait in a queue."""
    with opened_api() as api:
        queue = _read(api, name, pool)
        show_scheduled(api, output, pool=queue.work_pool_name, queue=name)


@work_queue.command()
@positional("name")
@in_pool
@output_options
def slots(name: str, pool: str | None, output: Output) -> None:
    """Show how many of a queue's slots are taken, and by which runs."""
    with opened_api() as api:
        queue = _read(api, name, pool)
        show_slots(api.ask(operations.READ_WORK_QUEUE_CONCURRENCY_STATUS, id=queue.id), output)


def _queues(api: Client, pool: str | None) -> list[WorkQueueResponse]:
    if pool is None:
        return list(api.pages(operations.READ_WORK_QUEUES, limit=None, body={}))
    return list(api.pages(of_pools.READ_WORK_QUEUES, limit=None, body={}, work_pool_name=pool))


def _read(api: Client, name: str, pool: str | None) -> WorkQueueResponse:
    """By name or id. Raises NotFound, and UsageProblem where several pools have one of that name."""
    queues = _queues(api, pool)
    found = [queue for queue in queues if name in (queue.name, queue.id)]
    if not found:
        likely = did_you_mean(name, [queue.name for queue in queues])
        raise NotFound(f"work queue {name!r} not found{likely}", hint=_LS)
    if len(found) > 1:
        pools = ", ".join(sorted(str(queue.work_pool_name) for queue in found))
        raise UsageProblem(f"several work pools have a queue {name!r}: {pools}", hint="the same with --pool POOL")
    return found[0]


def _change(name: str, pool: str | None, changes: dict[str, Any]) -> None:
    with opened_api() as api:
        api.ask(operations.UPDATE_WORK_QUEUE, body=changes, id=_read(api, name, pool).id)
