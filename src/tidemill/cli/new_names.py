"""What somebody may call a new thing."""

from __future__ import annotations

from tidemill.cli.errors import UsageProblem


def check_new_name(name: str, what: str) -> None:
    """Raise UsageProblem for a name that could neither be seen in a list nor be typed again."""
    if not name.strip() or not name.isprintable():
        raise UsageProblem(
            f"{name!r} cannot be the name of a {what}", why="A name has visible characters, on one line."
        )
