"""``tidemill global-concurrency-limit``, ``gcl`` for short: how many may do something at once."""

from __future__ import annotations

import os
from functools import partial
from math import isfinite
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, Final

import click

from tidemill.cli.errors import NotFound, Problem, UsageProblem
from tidemill.cli.home import opened_home
from tidemill.cli.lazy import CommandGroup
from tidemill.cli.moments import ago, local, now_from
from tidemill.cli.new_names import check_new_name
from tidemill.cli.output import Column, Output, output_options
from tidemill.cli.parameters import positional
from tidemill.cli.plain_text import to_json
from tidemill.cli.session import confirm
from tidemill.domain.identity import uuid7
from tidemill.domain.limits import ConcurrencyLimit
from tidemill.suggestions import did_you_mean

if TYPE_CHECKING:
    from tidemill.api.embedded import Home

_LS: Final = "tidemill global-concurrency-limit ls"


def _finite(context: click.Context, parameter: click.Parameter, value: float | None) -> float | None:
    if value is not None and not isfinite(value):
        raise click.BadParameter(f"{value} is no number of slots", context, parameter)
    return value


_decay: Final = partial(
    click.option,
    "--slot-decay-per-second",
    type=click.FloatRange(min=0),
    callback=_finite,
    help="For rate limits.",
)


@click.group(cls=CommandGroup)
def global_concurrency_limit() -> None:
    """Limit how many runs may do something at once."""


@global_concurrency_limit.command()
@output_options
def ls(output: Output) -> None:
    """List limits by name."""
    with opened_home() as home:
        now = now_from(home.clock.now_us())
        rows = [_row(limit) for limit in home.store.limits(home.clock.now_us())]
    columns = [
        Column("id", title="ID", wide=True),
        Column("name"),
        Column("active", style=lambda active: "" if active else "yellow"),
        Column("limit"),
        Column("active_slots"),
        Column("slot_decay_per_second"),
        Column("created", show=lambda moment: ago(moment, now), wide=True),
        Column("updated", show=lambda moment: ago(moment, now), wide=True),
    ]
    output.rows(rows, columns, key="name", empty="No limits. Create one with: tidemill gcl create NAME --limit N")


@global_concurrency_limit.command()
@positional("name")
@click.option("--file", "-f", "file_path", type=click.Path(path_type=Path), help="Write it there, as JSON.")
@output_options
def inspect(name: str, file_path: Path | None, output: Output) -> None:
    """Show a limit, and how many of its slots are taken at this moment."""
    with opened_home() as home:
        row = _row(_existing(home, name))
    if file_path is None:
        output.item(row, show={"created": local, "updated": local})
        return
    file_path.write_text(to_json(row, indent=2) + "\n", encoding="utf-8")
    click.echo(f"Wrote limit {name!r} to {file_path}.")


@global_concurrency_limit.command()
@positional("name")
@click.option("--limit", "-l", type=click.IntRange(min=0), required=True, help="How many slots there are.")
@click.option("--disable/--no-disable", default=False, help="Let everybody pass for now.")
@click.option("--active-slots", type=int, default=0, help="Must be 0: slots are taken by who uses them.")
@_decay(default=0.0)
def create(name: str, limit: int, disable: bool, active_slots: int, slot_decay_per_second: float) -> None:
    """Make a limit."""
    _check_active_slots(active_slots)
    check_new_name(name, "concurrency limit")
    with opened_home() as home:
        if any(each.name == name for each in home.store.limits(home.clock.now_us())):
            raise Problem(
                f"there is a concurrency limit {name!r} already",
                hint=f"tidemill global-concurrency-limit update {quote(name)} --limit {limit}",
            )
        now_us = home.clock.now_us()
        new = ConcurrencyLimit(
            id=uuid7(now_us, os.urandom(10)),
            name=name,
            limit=limit,
            active_slots=0,
            created=now_from(now_us),
            updated=now_from(now_us),
            active=not disable,
            slot_decay_per_second=slot_decay_per_second,
        )
        home.store.create_limit(new, now_us)
    click.echo(f"Created concurrency limit {name!r} of {limit} ({new.id}).")


@global_concurrency_limit.command()
@positional("name")
@click.option("--limit", "-l", type=click.IntRange(min=0), help="How many slots there are from now on.")
@click.option("--enable/--no-enable", default=False, help="Have it obeyed.")
@click.option("--disable/--no-disable", default=False, help="Let everybody pass for now.")
@click.option("--active-slots", type=int, help="Cannot be set: slots are taken by who uses them.")
@_decay()
def update(
    name: str,
    limit: int | None,
    enable: bool,
    disable: bool,
    active_slots: int | None,
    slot_decay_per_second: float | None,
) -> None:
    """Change what is given."""
    if active_slots is not None:
        _check_active_slots(active_slots or -1)
    if enable and disable:
        raise UsageProblem("--enable and --disable exclude each other")
    if limit is None and slot_decay_per_second is None and not (enable or disable):
        raise UsageProblem("nothing to change was given", hint="tidemill global-concurrency-limit update --help")
    active = True if enable else False if disable else None
    _change(name, limit=limit, active=active, slot_decay_per_second=slot_decay_per_second)
    click.echo(f"Updated concurrency limit {name!r}.")


@global_concurrency_limit.command()
@positional("name")
def enable(name: str) -> None:
    """Have a limit obeyed."""
    _change(name, active=True)
    click.echo(f"Enabled concurrency limit {name!r}.")


@global_concurrency_limit.command()
@positional("name")
def disable(name: str) -> None:
    """Let everybody pass a limit, for now."""
    _change(name, active=False)
    click.echo(f"Disabled concurrency limit {name!r}.")


@global_concurrency_limit.command()
@positional("name")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def delete(name: str, yes: bool) -> None:
    """Delete a limit; who waits for it goes on."""
    with opened_home() as home:
        limit = _existing(home, name)
        if not confirm(f"Delete concurrency limit {limit.name!r} of {limit.limit}?", yes=yes):
            raise Problem("nothing was deleted")
        home.store.delete_limit(limit.id)
    click.echo(f"Deleted concurrency limit {limit.name!r}.")


def _row(limit: ConcurrencyLimit) -> dict[str, Any]:
    return {name: getattr(limit, name) for name in limit.__struct_fields__}


def _existing(home: Home, name: str) -> ConcurrencyLimit:
    limits = home.store.limits(home.clock.now_us())
    found = next((limit for limit in limits if name in {limit.name, limit.id}), None)
    if found is None:
        likely = did_you_mean(name, [limit.name for limit in limits])
        raise NotFound(f"concurrency limit {name!r} not found{likely}", hint=_LS)
    return found


def _change(name: str, **changes: Any) -> None:
    with opened_home() as home:
        home.store.update_limit(_existing(home, name).id, home.clock.now_us(), **changes)


def _check_active_slots(active_slots: int) -> None:
    if active_slots:
        raise UsageProblem(
            "--active-slots cannot be set",
            why="Slots are counted from the leases of those who use them, so that none can be lost.",
        )
