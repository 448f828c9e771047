"""What was said before the command: which profile, and whether questions may be asked."""

from __future__ import annotations

import sys
from typing import NamedTuple

import click

from tidemill.cli.preferences import preferences


class Session(NamedTuple):
    """The root options."""

    profile: str | None = None
    prompt: bool | None = None

    @property
    def may_ask(self) -> bool:
        """Whether somebody is there to answer."""
        if self.prompt is not None:
            return self.prompt
        wanted = preferences()
        if wanted is not None and wanted.prompt is not None:
            return wanted.prompt
        return sys.stdin.isatty() and sys.stdout.isatty()


def current_session() -> Session:
    """The session of the command that runs."""
    context = click.get_current_context(silent=True)
    found = context.find_object(Session) if context is not None else None
    return found or Session()


def confirm(question: str, *, yes: bool = False) -> bool:
    """Ask for a yes, unless ``yes`` was given already. Where nobody can answer, the command goes ahead."""
    return yes or not current_session().may_ask or click.confirm(question, err=True)
