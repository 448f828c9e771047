"""``tidemill work-pool``: where runs of deployments wait for workers."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, Final

import click

from tidemill.api.client.refused import ConflictError
from tidemill.api.operations import work_pools as operations
from tidemill.cli.api import opened_api
from tidemill.cli.api_rows import named, row_of
from tidemill.cli.errors import Problem, UsageProblem
from tidemill.cli.examples import CommandWithExamples
from tidemill.cli.lazy import CommandGroup
from tidemill.cli.moments import ago, local
from tidemill.cli.new_names import check_new_name
from tidemill.cli.output import Column, Output, output_options
from tidemill.cli.parameters import positional, whole_number
from tidemill.cli.plain_text import to_json
from tidemill.cli.scheduled_runs import show_scheduled, show_slots
from tidemill.cli.session import confirm
from tidemill.cli.typed_json import typed_json
from tidemill.cli.wall_clock import now
from tidemill.suggestions import did_you_mean, one_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tidemill.api.client.client import Client
    from tidemill.wire.work_pools import WorkPoolResponse

_LS: Final = "tidemill work-pool ls"
_DEFAULT_TYPE: Final = "process"
_DEFAULT: Final = "TIDEMILL_DEFAULT_WORK_POOL_NAME"


@click.group(cls=CommandGroup)
def work_pool() -> None:
    """Look after work pools, where runs of deployments wait for workers."""


@work_pool.command()
@click.option("--verbose/--no-verbose", "-v", default=False, help="Show more columns.")
@output_options
def ls(verbose: bool, output: Output) -> None:
    """List work pools by name."""
    with opened_api() as api:
        rows = [row_of(each) for each in api.pages(operations.READ_WORK_POOLS, limit=None, body={})]
    moment = now()
    columns = [
        Column("name"),
        Column("type"),
        Column("status", style=_style),
        Column("concurrency_limit"),
        Column("active_slots"),
        Column("id", title="ID", wide=not verbose),
        Column("description", wide=not verbose),
        Column("updated", show=lambda value: ago(value, moment), wide=True),
    ]
    rows.sort(key=lambda row: row["name"])
    empty = "No work pools. Create one with: tidemill work-pool create NAME --type process"
    output.rows(rows, columns, key="name", empty=empty)


def _style(status: object) -> str:
    return {"READY": "green", "PAUSED": "yellow", "NOT_READY": "red"}.get(str(status), "")


@work_pool.command()
@positional("name")
@output_options
def inspect(name: str, output: Output) -> None:
    """Show everything about a work pool."""
    with opened_api() as api:
        output.item(row_of(read_pool(api, name)), show={"created": local, "updated": local})


@work_pool.command(cls=CommandWithExamples)
@positional("name")
@click.option("--type", "-t", "type_", metavar="TYPE", help=f"What executes its runs; unsaid, {_DEFAULT_TYPE}.")
@click.option("--base-job-template", metavar="FILE", help="A JSON file that says how its jobs are made.")
@click.option("--paused/--no-paused", default=False, help="Hold its runs back for now.")
@click.option("--overwrite/--no-overwrite", default=False, help="Change it if there is one of that name.")
@click.option("--set-as-default/--no-set-as-default", default=False, help="Deploy to it where no pool is named.")
@click.option(
    "--provision-infrastructure/--no-provision-infrastructure",
    "--provision-infra/--no-provision-infra",
    "provision",
    default=False,
    hidden=True,
)
def create(
    name: str,
    type_: str | None,
    base_job_template: str | None,
    paused: bool,
    overwrite: bool,
    set_as_default: bool,
    provision: bool,
) -> None:
    """Make a work pool."""
    if provision:
        raise UsageProblem("--provision-infrastructure is not there: tidemill makes no infrastructure of clouds")
    check_new_name(name, "work pool", in_addresses=True)
    body: dict[str, Any] = {"name": name, "type": type_ or _DEFAULT_TYPE, "is_paused": paused}
    if base_job_template is not None:
        body["base_job_template"] = _template(base_job_template)
    with opened_api() as api:
        done = _make(api, body, overwrite=overwrite)
    click.echo(f"{done} work pool {name!r}.")
    if set_as_default:
        from tidemill.settings.profiles import update_current_profile  # noqa: PLC0415 - few pools are the default

        profile = update_current_profile({_DEFAULT: name})
        click.echo(f"Set {_DEFAULT} in profile {profile.name!r}.")


def _make(api: Client, body: dict[str, Any], *, overwrite: bool) -> str:
    try:
        api.ask(operations.CREATE_WORK_POOL, body=body)
    except ConflictError as error:
        name = body["name"]
        if not overwrite:
            raise Problem(
                f"there is a work pool {name!r} already", hint=f"tidemill work-pool create {quote(name)} --overwrite"
            ) from error
        changed = {key: value for key, value in body.items() if key in ("base_job_template", "is_paused")}
        api.ask(operations.UPDATE_WORK_POOL, body=changed, name=name)
        return "Changed"
    return "Created"


def _template(path: str) -> dict[str, Any]:
    said = typed_json(Path(path).read_bytes(), path)
    if not isinstance(said, dict):
        raise UsageProblem(f"{path} is no JSON object", hint="tidemill work-pool get-default-base-job-template")
    return said


@work_pool.command()
@positional("name")
@click.option("--base-job-template", metavar="FILE", help="A JSON file that says how its jobs are made.")
@click.option("--concurrency-limit", "-cl", type=click.IntRange(min=0), help="How many runs may be under way at once.")
@click.option("--description", help="What it is for.")
def update(name: str, base_job_template: str | None, concurrency_limit: int | None, description: str | None) -> None:
    """Change what is given."""
    template = None if base_job_template is None else _template(base_job_template)
    said = {"base_job_template": template, "concurrency_limit": concurrency_limit, "description": description}
    changes = {key: value for key, value in said.items() if value is not None}
    if not changes:
        raise UsageProblem("nothing to change was given", hint="tidemill work-pool update --help")
    _change(name, changes)
    click.echo(f"Changed work pool {name!r}.")


@work_pool.command("get-default-base-job-template")
@click.option("--type", "-t", "type_", metavar="TYPE", help=f"What executes the runs; unsaid, {_DEFAULT_TYPE}.")
@click.option("--file", "-f", metavar="FILE", help="Write it there; unsaid, it is printed.")
def get_default_base_job_template(type_: str | None, file: str | None) -> None:
    """Show how jobs are made where a pool says nothing else: a beginning for --base-job-template."""
    from tidemill.api.operations.collections import READ_VIEW_CONTENT  # noqa: PLC0415 - not for --help

    with opened_api() as api:
        view = api.ask(READ_VIEW_CONTENT, view="aggregate-worker-metadata")
    known = {name: about for each in view.values() for name, about in each.items()}
    wanted = type_ or _DEFAULT_TYPE
    if wanted not in known:
        raise UsageProblem(f"unknown type of work pool {wanted!r}{did_you_mean(wanted, known) or _one_of(known)}")
    text = to_json(known[wanted]["default_base_job_configuration"], indent=2)
    if file is None:
        click.echo(text)
        return
    Path(file).write_text(f"{text}\n", encoding="utf-8")
    click.echo(f"Wrote {file}. Use it with: tidemill work-pool create NAME --base-job-template {quote(file)}")


def _one_of(known: Iterable[str]) -> str:
    return f"; there is {one_of(sorted(known))}"


@work_pool.command()
@positional("name")
def pause(name: str) -> None:
    """Hold back the runs of a pool."""
    _change(name, {"is_paused": True})
    click.echo(f"Work pool {name!r} is paused. Go on with: tidemill work-pool resume {quote(name)}")


@work_pool.command()
@positional("name")
def resume(name: str) -> None:
    """Hand out the runs of a pool again."""
    _change(name, {"is_paused": False})
    click.echo(f"Work pool {name!r} hands out runs again.")


@work_pool.command("set-concurrency-limit")
@positional("name")
@positional("concurrency_limit", metavar="LIMIT")
def set_concurrency_limit(name: str, concurrency_limit: str) -> None:
    """Say how many runs of a pool may be under way at once."""
    limit = whole_number(concurrency_limit, "LIMIT")
    _change(name, {"concurrency_limit": limit})
    click.echo(f"At most {limit} runs of work pool {name!r} are under way at once.")


@work_pool.command("clear-concurrency-limit")
@positional("name")
def clear_concurrency_limit(name: str) -> None:
    """Let any number of runs of a pool be under way."""
    _change(name, {"concurrency_limit": None})
    click.echo(f"Work pool {name!r} has no limit any more.")


@work_pool.command()
@positional("name")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def delete(name: str, yes: bool) -> None:
    """Delete a work pool with its queues."""
    with opened_api() as api:
        read_pool(api, name)
        if not confirm(f"Delete work pool {name!r} with its queues?", yes=yes):
            raise Problem("nothing was deleted")
        api.ask(operations.DELETE_WORK_POOL, name=name)
    click.echo(f"Deleted work pool {name!r}.")


@work_pool.command()
@positional("name", required=False)
@click.option("--hours", "-h", type=click.IntRange(min=0), help="Only runs of so many hours from now.")
@output_options
def preview(name: str | None, hours: int | None, output: Output) -> None:
    """List the runs that wait in a pool, the next first; without a name, in all of them."""
    with opened_api() as api:
        if name is not None:
            read_pool(api, name)
        show_scheduled(api, output, pool=name, hours=hours)


@work_pool.command()
@positional("name")
@output_options
def slots(name: str, output: Output) -> None:
    """Show how many of a pool's slots are taken, and by which runs."""
    with opened_api() as api:
        read_pool(api, name)
        show_slots(api.ask(operations.READ_WORK_POOL_CONCURRENCY_STATUS, name=name), output)


def read_pool(api: Client, name: str) -> WorkPoolResponse:
    """The pool; raises NotFound."""

    def names() -> list[str]:
        return [each.name for each in api.pages(operations.READ_WORK_POOLS, limit=200, body={})]

    with named("work pool", name, names, hint=_LS):
        found: WorkPoolResponse = api.ask(operations.READ_WORK_POOL, name=name)
        return found


def _change(name: str, changes: dict[str, Any]) -> None:
    with opened_api() as api:
        read_pool(api, name)
        api.ask(operations.UPDATE_WORK_POOL, body=changes, name=name)
