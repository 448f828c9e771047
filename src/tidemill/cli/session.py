"""What was said before the command: which profile, and whether questions may be asked."""

from __future__ import annotations

import sys
from typing import NamedTuple

import click

from tidemill.cli.errors import UsageProblem


class Session(NamedTuple):
    """The root options."""

    profile: str | None = None
    prompt: bool | None = None

    @property
    def may_ask(self) -> bool:
        """Whether somebody is there to answer."""
        if self.prompt is not None:
            return self.prompt
        wanted = _wanted_by_settings()
        return sys.stdin.isatty() and sys.stdout.isatty() if wanted is None else wanted


def _wanted_by_settings() -> bool | None:
    from tidemill.exceptions import SetupError  # noqa: PLC0415 - only commands that ask
    from tidemill.settings import get_current_settings  # noqa: PLC0415 - only commands that ask

    try:
        return get_current_settings().cli.prompt
    except SetupError:
        return None  # the command may be the one that mends them


def current_session() -> Session:
    """The session of the command that runs."""
    context = click.get_current_context(silent=True)
    found = context.find_object(Session) if context is not None else None
    return found or Session()


def confirm(question: str, *, yes: bool = False, unattended: str | None = None) -> bool:
    """Ask for a yes, unless ``yes`` was given already.

    Where nobody can answer: goes ahead, or with ``unattended="--yes"`` refuses and names that flag. Use the second for
    what cannot be undone.
    """
    if yes:
        return True
    if current_session().may_ask:
        return click.confirm(question, err=True)
    if unattended is None:
        return True
    raise UsageProblem(f"{question} Nobody is there to answer", hint=f"the same command with {unattended}")
