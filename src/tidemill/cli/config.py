"""``tidemill config``: read and change settings."""

from __future__ import annotations

import warnings
from shlex import quote
from typing import TYPE_CHECKING, Any, Final

import click

from tidemill.cli.errors import Problem, UsageProblem
from tidemill.cli.lazy import CommandGroup
from tidemill.cli.output import Column, Output, output_options
from tidemill.cli.parameters import positional
from tidemill.cli.session import confirm
from tidemill.settings.context import chosen_profile, forget_settings, get_settings_context
from tidemill.settings.declare import Field, shown
from tidemill.settings.errors import InvalidSettings, UnknownSettingWarning
from tidemill.settings.loading import read_all, source_of
from tidemill.settings.model import check_value
from tidemill.settings.profile_file import BUILT_IN_PROFILES
from tidemill.settings.profiles import load_current_profile, load_profile, update_current_profile
from tidemill.settings.registry import FIELDS, IGNORED, find, resolve
from tidemill.settings.secret import MASK

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tidemill.settings import Settings
    from tidemill.settings.profiles import Profile

#: Where the profiles are cannot stand in one.
_NOT_IN_A_PROFILE: Final = frozenset({"TIDEMILL_HOME", "TIDEMILL_PROFILES_PATH"})


@click.group(cls=CommandGroup)
def config() -> None:
    """Read and change settings."""


@config.command()
@click.option("--show-defaults/--hide-defaults", default=False, help="Show settings that nobody set, too.")
@click.option("--show-secrets/--hide-secrets", default=False, help="Show secrets as they are.")
@click.option("--show-sources/--hide-sources", default=True, help="Show where each value comes from.")
@output_options
def view(show_defaults: bool, show_secrets: bool, show_sources: bool, output: Output) -> None:
    """Show the settings in force."""
    context = get_settings_context()
    names = list(FIELDS) if show_defaults else [name for name in FIELDS if name in context.settings.origins]
    rows = [_row(FIELDS[name], context.settings, secrets=show_secrets, sources=show_sources) for name in names]
    if output.asked in {"json", "yaml", "jsonl"} and not output.fields:
        output.item({"profile": context.profile.name, "settings": rows, "ui_url": context.settings.ui_url})
    elif output.asked is None and not output.fields:
        _tell_lines(context.profile.name, context.settings, rows, output)
    else:
        output.rows(rows, _VIEW_COLUMNS)


_VIEW_COLUMNS: Final = (
    Column("name"),
    Column("value"),
    Column("source"),
    Column("unit", wide=True),
    Column("why", title="What for", wide=True),
)


def _row(field: Field, settings: Settings, *, secrets: bool, sources: bool) -> dict[str, Any]:
    value = settings.value_of(field)
    row: dict[str, Any] = {"name": field.name, "value": None if value is None else shown(field, value, secrets=secrets)}
    if sources:
        row["source"] = settings.origins[field.name].kind if field.name in settings.origins else "defaults"
    return row | {"unit": field.unit, "why": field.why}


def _tell_lines(profile: str, settings: Settings, rows: Sequence[Mapping[str, Any]], output: Output) -> None:
    if output.for_people:
        click.echo(f"Embedded, in {settings.home}" if settings.api.url is None else f"Reporting to {settings.api.url}")
    click.echo(f"TIDEMILL_PROFILE={profile!r}")
    for row in rows:
        source = f" (from {row['source']})" if "source" in row else ""
        click.echo(f"{row['name']}={row['value'] or ''!r}{source}")


@config.command("set")
@positional("settings", many=True, metavar="NAME=VALUE...")
def set_(settings: tuple[str, ...]) -> None:
    """Set settings in the active profile: NAME=VALUE, as in TIDEMILL_API_URL=http://host:4200/api or api.url=…"""
    wanted = dict(map(_parsed, settings))
    for name in wanted:
        _check_settable(name)
    updated = update_current_profile(wanted)
    for name, raw in wanted.items():
        field = resolve(name)
        click.echo(f"Set {field.name!r} to {MASK if field.secret else raw!r}.")
        if field.no_effect:
            click.echo(f"It has no effect: {field.no_effect}.", err=True)
    click.echo(f"Updated profile {updated.name!r}.")
    _tell_of_stronger_sources(wanted)


def _parsed(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UsageProblem(
            f"cannot read {text!r}", why="Settings are written NAME=VALUE.", hint="tidemill config set --help"
        )
    if name in IGNORED:
        raise Problem(f"{name} belonged to an earlier version and has no effect any more")
    try:
        check_value(name, value)
    except InvalidSettings as error:
        raise UsageProblem(str(error)) from error
    return resolve(name).name, value


def _check_settable(name: str) -> None:
    if name in _NOT_IN_A_PROFILE:
        raise UsageProblem(
            f"{name} cannot stand in a profile, since it says where profiles are", hint=f"export {name}=…"
        )


def _tell_of_stronger_sources(names: Mapping[str, Any]) -> None:
    """A set value that something else overrides looks like a bug of ours."""
    if chosen_profile() is not None:
        return  # a profile named with -p wins over all
    forget_settings()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UnknownSettingWarning)
            origins = get_settings_context().settings.origins
    except InvalidSettings as error:
        click.echo(f"Another setting is wrong: {error}", err=True)
        return
    for name in names:
        if name in origins and origins[name].kind != "profile":
            click.echo(f"Note: {origins[name].where} still wins over the profile.", err=True)


@config.command()
@positional("setting_names", many=True, metavar="NAME...")
@click.option("--yes/--no-yes", "-y", default=False, help="Do not ask.")
def unset(setting_names: tuple[str, ...], yes: bool) -> None:
    """Take settings out of the active profile."""
    profile = load_current_profile()
    names = [_name_in(profile, name) for name in setting_names]
    if not confirm(f"Unset {', '.join(names)} in profile {profile.name!r}?", yes=yes):
        raise Problem("nothing was unset")
    update_current_profile(dict.fromkeys(names))
    for name in names:
        click.echo(f"Unset {name!r}.")
    click.echo(f"Updated profile {profile.name!r}.")


def _name_in(profile: Profile, name: str) -> str:
    """What the profile calls the setting; names that are no settings can be taken out too."""
    if name in profile.said:
        return name
    field = resolve(name)
    if not any(find(said) is field for said in profile.said):
        raise Problem(
            f"{field.name!r} is not set in profile {profile.name!r}",
            hint=f"tidemill profile inspect {quote(profile.name)}",
        )
    return field.name


@config.command()
def validate() -> None:
    """Check every source of settings, and say what would be ignored."""
    forget_settings()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UnknownSettingWarning)
        context = get_settings_context()
    read_all(source_of(load_profile(context.profile.name).as_active()).said)
    remarks = [str(each.message) for each in caught]
    from_the_start = BUILT_IN_PROFILES.get(context.profile.name, {})
    remarks += [
        f"{name} has no effect: {FIELDS[name].no_effect} (from {origin.where})"
        for name, origin in context.settings.origins.items()
        if FIELDS[name].no_effect and not (origin.kind == "profile" and name in from_the_start)
    ]
    for remark in remarks:
        click.echo(f"Note: {remark}")
    click.echo("Configuration valid!")
