"""What somebody meant who wrote a name that does not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST: Final = 200  # comparing takes time in the square of the length; no name is longer
_LIKENESS: Final = 0.6  # below this, suggestions read as noise


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known name most like ``word``; None when none is like it. Case does not count, except between equals."""
    from difflib import get_close_matches  # noqa: PLC0415 - only failures need it

    if len(word) > _LONGEST:
        return None
    folded: dict[str, str] = {}
    for name in known:
        folded.setdefault(name.casefold(), name)
    found = get_close_matches(word.casefold(), folded, n=1, cutoff=_LIKENESS)
    return folded[found[0]] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The tail of a message about an unknown name: ``, did you mean 'interval'?``, or nothing."""
    found = closest(word, known)
    return f", did you mean {found!r}?" if found is not None else ""


def one_of(known: Iterable[str], *, limit: int = 12) -> str:
    """What there is, for a message: ``'a', 'b', 'c'``; cut after ``limit`` names."""
    names = list(known)
    shown = ", ".join(repr(name) for name in names[:limit])
    return f"{shown} and {len(names) - limit} more" if len(names) > limit else shown or "none"
