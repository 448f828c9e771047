"""What Python prints of an error that ends a program: the user's frames, not those of tidemill between them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from tidemill.exceptions import TidemillException
from tidemill.system.frames import without_ours

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

_installed: Final[list[object]] = []


def tell_uncaught_without_ours() -> None:
    """From now on leave our frames out of what ends this program; who tells of it so far stays in charge."""
    if sys.excepthook in _installed:
        return
    before = sys.excepthook

    def hook(kind: type[BaseException], error: BaseException, tb: TracebackType | None) -> None:
        for each in _linked_with(error):
            own = _is_ours(each)  # what we refuse was refused in the user's line, and Ctrl-C comes wherever we wait
            to_the_end = own or isinstance(each, KeyboardInterrupt)
            each.__traceback__ = without_ours(tb if each is error else each.__traceback__, to_the_end=to_the_end)
            if own:
                each.__suppress_context__, each.__cause__ = True, None
        before(kind, error, error.__traceback__)

    _installed.append(hook)
    sys.excepthook = hook


def _is_ours(error: BaseException) -> bool:
    return isinstance(error, TidemillException) or type(error).__module__.partition(".")[0] == "tidemill"


def _linked_with(error: BaseException) -> Iterator[BaseException]:
    """The error, and all that is printed with it: causes, contexts, members of groups."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        each = waiting.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        waiting += [each.__cause__, each.__context__]
        if isinstance(each, BaseExceptionGroup):
            waiting += each.exceptions
