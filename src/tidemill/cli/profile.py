"""``tidemill profile``: keep sets of settings under names."""

from __future__ import annotations

import os
from shlex import quote
from typing import TYPE_CHECKING, Any

import click

from tidemill.cli.errors import NotFound, Problem
from tidemill.cli.lazy import CommandGroup
from tidemill.cli.new_names import check_new_name
from tidemill.cli.output import Column, Output, output_options
from tidemill.cli.parameters import positional
from tidemill.cli.session import confirm, current_session
from tidemill.settings.loading import PROFILE_VARIABLE, find_profile, locate
from tidemill.settings.profile_file import BUILT_IN_PROFILES
from tidemill.settings.profiles import (
    Profile,
    ProfilesCollection,
    changing_profiles,
    load_current_profile,
    load_profiles,
)
from tidemill.settings.registry import find
from tidemill.settings.secret import MASK
from tidemill.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping


@click.group(cls=CommandGroup)
def profile() -> None:
    """Keep sets of settings under names, and choose between them."""


@profile.command()
@output_options
def ls(output: Output) -> None:
    """List profiles; the active one is marked."""
    profiles = load_profiles()
    active = _active_name(profiles)
    rows = [
        {"name": name, "active": name == active, "source": str(each.source) if each.source else "built-in"}
        for name, each in profiles.items()
    ]
    marked = Column("active", title="", show=lambda is_active: "*" if is_active else "")
    output.rows(rows, [marked, Column("name"), Column("source", wide=True)], key="name")


def _active_name(profiles: ProfilesCollection) -> str | None:
    return current_session().profile or os.environ.get(PROFILE_VARIABLE) or profiles.active_name


@profile.command()
@positional("name")
@click.option("--from", "from_name", metavar="PROFILE", help="Begin with a copy of that profile.")
def create(name: str, from_name: str | None) -> None:
    """Make a profile, empty or as a copy."""
    with changing_profiles() as profiles:
        _check_new(profiles, name)
        said = _existing(profiles, from_name).said if from_name is not None else {}
        profiles.add_profile(Profile(name, said, source=locate().profiles_path))
    click.echo(f"Created profile {name!r}{f' from {from_name!r}' if from_name else ''}.")
    click.echo(f"Use it from now on:    tidemill profile use {quote(name)}")
    click.echo(f"Use it for a command:  tidemill -p {quote(name)} config view")


@profile.command()
@positional("name")
def use(name: str) -> None:
    """Make a profile the active one."""
    with changing_profiles() as profiles:
        chosen = _existing(profiles, name)
        profiles.set_active(name)
    click.echo(f"Profile {name!r} is active.")
    _tell_connection(chosen)
    override = os.environ.get(PROFILE_VARIABLE)
    if override and override != name:
        click.echo(f"Note: environment variable {PROFILE_VARIABLE}={override} still wins.", err=True)


def _tell_connection(chosen: Profile) -> None:
    """Whether the server that the profile names answers; where it names none, runs are recorded in the home."""
    from tidemill.settings.context import use_profile  # noqa: PLC0415 - reads every source

    with use_profile(chosen, include_current_context=False) as context:
        url = context.settings.api.url
        if url is None:
            click.echo(f"Runs are recorded in {context.settings.home}")
            return
        from tidemill.cli.connection import ask_how_it_is  # noqa: PLC0415 - brings an HTTP client

        found = ask_how_it_is(url, context.settings, version=True)
    click.echo(f"The server at {url} is {found.said}.", err=not found.answers)


@profile.command()
@positional("name")
def delete(name: str) -> None:
    """Delete a profile; it must not be the active one."""
    doomed = _deletable(load_profiles(), name)
    if not confirm(f"Delete profile {name!r} with {len(doomed.said)} settings?"):
        raise Problem("nothing was deleted")
    with changing_profiles() as profiles:
        _deletable(profiles, name)
        profiles.remove_profile(name)
    click.echo(f"Removed profile {name!r}.")


def _deletable(profiles: ProfilesCollection, name: str) -> Profile:
    found = _existing(profiles, name)
    if name == _active_name(profiles):
        raise Problem(f"profile {name!r} is active and cannot be deleted", hint="tidemill profile use ANOTHER")
    if found.source is None:
        raise Problem(f"profile {name!r} is built in and cannot be deleted")
    return found


@profile.command()
@positional("name")
@positional("new_name")
def rename(name: str, new_name: str) -> None:
    """Give a profile another name."""
    with changing_profiles() as profiles:
        old = _existing(profiles, name)
        _check_new(profiles, new_name)
        profiles.add_profile(Profile(new_name, old.said, source=locate().profiles_path))
        profiles.remove_profile(name)
        if profiles.active_name == name:
            profiles.set_active(new_name)
    click.echo(f"Renamed profile {name!r} to {new_name!r}.")
    if os.environ.get(PROFILE_VARIABLE) == name:
        click.echo(f"Note: environment variable {PROFILE_VARIABLE} still names {name!r}.", err=True)


@profile.command()
@positional("name", required=False)
@click.option("--show-secrets", is_flag=True, help="Show secrets as they are.")
@output_options
def inspect(name: str | None, show_secrets: bool, output: Output) -> None:
    """Show what a profile sets; without a name, the active one."""
    chosen = _existing(load_profiles(), name) if name is not None else _current()
    if name is None and output.for_people:
        click.echo(f"No name given: showing {chosen.name!r}")
    said = _visible(chosen.said, secrets=show_secrets)
    if output.asked is None and not output.fields:
        for key, value in said.items():
            click.echo(f"{key}={value!r}")
        if not said and output.for_people:
            click.echo(f"Profile {chosen.name!r} sets nothing.")
    elif output.asked == "name":
        click.echo(chosen.name)
    else:
        output.item(said)


def _current() -> Profile:
    chosen = current_session().profile
    return load_current_profile() if chosen is None else Profile(*find_profile(locate(chosen)))


def _visible(said: Mapping[str, Any], *, secrets: bool) -> dict[str, str]:
    """The settings as the file has them; what may be a secret shows stars, also under a name nobody knows."""
    return {name: str(value) if secrets or _harmless(name) else MASK for name, value in said.items()}


def _harmless(name: str) -> bool:
    field = find(name)
    return field is not None and not field.secret


@profile.command("populate-defaults")
def populate_defaults() -> None:
    """Write the built-in profiles into the file, where it has none of their name."""
    missing = _not_in_the_file(load_profiles())
    if not missing:
        click.echo("All built-in profiles are in the file already.")
        return
    for name in missing:
        click.echo(f"Add {name!r}")
    path = locate().profiles_path
    if not confirm(f"Change {path}?"):
        raise Problem("nothing was changed")
    with changing_profiles() as profiles:
        for name in _not_in_the_file(profiles):
            profiles.update_profile(name, dict(BUILT_IN_PROFILES[name]), source=path)
    click.echo(f"Updated {path}.")
    click.echo("Use one with: tidemill profile use NAME")


def _not_in_the_file(profiles: ProfilesCollection) -> list[str]:
    return [name for name, each in profiles.items() if each.source is None]


def _existing(profiles: ProfilesCollection, name: str) -> Profile:
    found = profiles.profiles_by_name.get(name)
    if found is None:
        raise NotFound(f"profile {name!r} not found{did_you_mean(name, profiles.names)}", hint="tidemill profile ls")
    return found


def _check_new(profiles: ProfilesCollection, name: str) -> None:
    if name in profiles.names:
        raise Problem(f"profile {name!r} already exists", hint=f"tidemill profile inspect {quote(name)}")
    check_new_name(name, "profile")
