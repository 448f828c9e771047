"""The nearest known name to one that was mistyped."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that reads most like ``name``, or ``None`` when none comes near."""
    from difflib import get_close_matches  # noqa: PLC0415  only a mistake pays for it

    by_lower = {candidate.lower(): candidate for candidate in known}
    found = get_close_matches(name.lower(), by_lower, n=1, cutoff=0.75)
    return by_lower[found[0]] if found else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """``", did you mean 'x'?"``, or nothing."""
    best = nearest(name, known)
    return f", did you mean {best!r}?" if best is not None else ""
