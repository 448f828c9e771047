"""What somebody may call a new thing."""

from __future__ import annotations

from tidemill.cli.errors import UsageProblem
from tidemill.domain.names import check_name


def check_new_name(name: str, what: str, *, in_addresses: bool = False) -> None:
    """Raise UsageProblem for a name that could neither be seen in a list nor be typed again.

    ``in_addresses``: things of that kind are found by an address with their name in it. Raises InvalidNameError for
    what has a meaning there.
    """
    if not name.strip() or not name.isprintable():
        raise UsageProblem(
            f"{name!r} cannot be the name of a {what}", why="A name has visible characters, on one line."
        )
    if in_addresses:
        check_name(name, f"name of a {what}")
