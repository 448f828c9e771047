"""What the engine may ask of the world.

The logic of a run is a generator. It yields one of these and is sent back what came of it. A driver performs them: with
the thread (``drivers.sync``), with the event loop (``drivers.asynchronous``) or under a virtual clock
(``drivers.simulated``). Nothing else in the engine waits, writes or calls user code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

    from tidemill.domain.entries import Entry
    from tidemill.engine.cancelling import Watch
    from tidemill.engine.context import RunContext

T = TypeVar("T")


class Record(NamedTuple):
    """Append an entry to the journal; sent back when it is as durable as the run wants it."""

    entry: Entry


class Call(NamedTuple):
    """Call the user's function within its run's context; sent back is an ``Outcome``, never an exception.

    ``timeout`` is in seconds. ``context`` is what ``get_run_context`` shows inside the body.
    """

    context: RunContext
    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    timeout: float | None


class Sleep(NamedTuple):
    """Wait so many seconds."""

    seconds: float


class Invoke(NamedTuple):
    """Call a function that may be sync or async and is not the run's body: a hook, a name callable, a condition.

    Sent back is an ``Outcome``.
    """

    function: Callable[..., Any]
    args: tuple[Any, ...]


class WaitFor(NamedTuple):
    """Wait until all these futures are done, ``seconds`` at most."""

    futures: Sequence[Any]
    seconds: float | None = None


class Block(NamedTuple):
    """Do something that waits for files, locks or the store, off the event loop if there is one.

    Sent back is an ``Outcome``; ``unwrap`` makes it a value or raises.
    """

    function: Callable[..., Any]
    args: tuple[Any, ...] = ()


class Attend(NamedTuple):
    """Say to the watch how this run's code, which is about to begin here, can be interrupted."""

    watch: Watch


Effect = Attend | Record | Call | Sleep | Invoke | WaitFor | Block


class Outcome(Generic[T]):
    """What came of calling somebody's function: a value, or what it raised."""

    __slots__ = ("raised", "value")

    def __init__(self, value: T | None = None, raised: BaseException | None = None) -> None:
        self.value = value
        self.raised = raised


def unwrap(outcome: Outcome[T]) -> T:
    """The value, or the exception raised again."""
    if outcome.raised is not None:
        raise outcome.raised
    return outcome.value  # type: ignore[return-value]  # a value unless raised


if TYPE_CHECKING:
    Steps = Generator[Effect, Any, T]
