"""Flow calls at the bottom of a file that is being loaded are passed over: loading code must not run it.

A script that ends with ``main()`` runs its flow when Python runs the script. Whoever loads the same file to find a flow
in it (``tidemill run``, ``flow-run resume``, ``load_flow_from_entrypoint``) wants the flow, not another run of it.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from threading import get_ident
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator, Iterator


class Load:
    """One file or module, while it is executed for what it defines. Only the thread that loads it is concerned."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.thread = get_ident()
        self.passed_over: dict[tuple[str, int], str] = {}

    def note(self) -> str | None:
        """What to know about an error in the file, if flow calls in it were passed over."""
        if not self.passed_over:
            return None
        where = ", ".join(f"{name} at {file}:{line}" for (file, line), name in self.passed_over.items())
        return f"while it was loaded these flow calls were not run and gave None: {where}. {_GUARD}"


#: The loads under way, innermost last; empty nearly always, so that a flow call pays nothing for asking.
loads: Final[list[Load]] = []
_GUARD: Final = 'Put such calls under: if __name__ == "__main__":'


@contextmanager
def loading(place: str) -> Iterator[Load]:
    """While this is open, flow calls of this thread do not run."""
    load = Load(place)
    loads.append(load)
    try:
        yield load
    finally:
        loads.remove(load)


def is_passed_over(flow: Any) -> bool:
    """Whether a flow call must not run, because this thread is loading a file; says so once for each line."""
    thread = get_ident()
    load = next((each for each in reversed(loads) if each.thread == thread), None)
    if load is None:
        return False
    file, line = _calling_line()
    if (file, line) not in load.passed_over:
        load.passed_over[file, line] = flow.name
        import logging  # noqa: PLC0415 - few files call their flows while they are loaded

        logging.getLogger("tidemill.loading").warning(
            "%s:%d calls flow %r while %s is only being loaded: the call is passed over and gives None. %s",
            file,
            line,
            flow.name,
            load.place,
            _GUARD,
        )
    return True


def nothing_of(flow: Any) -> Any:
    """What a call gives that was passed over: ``None``, in the shape in which such a flow gives its values."""
    if flow.isgenerator:
        return _no_items_async() if flow.isasync else _no_items()
    return _none() if flow.isasync else None


async def _none() -> None:
    """The coroutine of an async flow that was passed over."""


def _no_items() -> Generator[Any, Any, None]:
    yield from ()


async def _no_items_async() -> AsyncGenerator[Any, None]:
    for nothing in _no_items():
        yield nothing


def _calling_line() -> tuple[str, int]:
    """The innermost line that is not ours."""
    ours = os.path.dirname(__file__) + os.sep  # noqa: PTH120 - pathlib costs more to import than this module
    frame = sys._getframe()  # noqa: SLF001 - documented, in spite of its name
    while frame.f_back is not None and frame.f_code.co_filename.startswith(ours):
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno
