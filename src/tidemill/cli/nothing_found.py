"""What to say when a list is empty because of a name that nothing has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tidemill.cli.run_rows import STATE_NAMES
from tidemill.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tidemill.api.embedded import Home


def tell_of_unknown_flows(home: Home, names: Sequence[str]) -> None:
    """A remark, on stderr, for each name that no flow has."""
    _tell("flow", names, [flow.name for flow in home.store.flows(limit=-1)] if names else ())


def tell_of_unknown_states(names: Sequence[str]) -> None:
    """A remark, on stderr, for each name that is not a usual one; flows may name states as they like."""
    _tell("usual state", names, STATE_NAMES)


def _tell(noun: str, names: Sequence[str], known: Iterable[str]) -> None:
    there_are = {name.casefold() for name in known}
    for name in names:
        if name.casefold() not in there_are:
            click.echo(f"No {noun} has the name {name!r}{did_you_mean(name, known)}", err=True)
