"""What a task's process would keep, seen on the way: functions that may change a message, or drop it.

A processor is called with the message's type and payload, and returns both, or ``None`` to drop the message. Each
process makes its own from their factories when it starts, and they are called there, one after the other, before the
message is recorded: nothing waits in a queue that a kill could empty. So far there is one type, ``"log"``, whose
payload is a log line in the API's form (``tidemill.logging.handlers.set_api_log_sink``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import cloudpickle

from tidemill.logging.sink import keep, set_api_log_sink

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Message = tuple[str, Any]
    Processor = Callable[[str, Any], Message | None]
    ProcessorFactory = Callable[[], Processor]

__all__ = ["preparation", "prepare"]

LOG: Final = "log"


def preparation(
    factories: Sequence[ProcessorFactory], initializer: Callable[..., None] | None, initargs: tuple[Any, ...]
) -> bytes:
    """What a new process is to do first, packed. Raises what pickling raises."""
    return bytes(cloudpickle.dumps((factories, initializer, initargs)))


def prepare(packed: bytes) -> None:
    """In the new process: do it."""
    factories, initializer, initargs = cloudpickle.loads(packed)
    if factories:
        processors = [factory() for factory in factories]
        set_api_log_sink(lambda log: keep_processed(log, processors))
    if initializer is not None:
        initializer(*initargs)


def keep_processed(log: dict[str, Any], processors: Sequence[Processor]) -> None:
    """Record what is left of a line. Raises what a processor raises, and TypeError for what is no message."""
    line = log
    for processor in processors:
        match processor(LOG, line):
            case None:
                return
            case (str(kind), dict(left)) if kind == LOG:
                line = left
            case other:
                raise TypeError(f"expected {processor!r} to return ({LOG!r}, line) or None, got {other!r}")
    keep(line)
