"""A task's body in a process of its own, which can be stopped whatever it is doing.

The run is recorded here; only the body is elsewhere. Its arguments and its value travel by cloudpickle. When the body's
time is up, or the run is ended from outside, the process is killed.
"""

from __future__ import annotations

import multiprocessing
from typing import TYPE_CHECKING, Any, Final

import cloudpickle

from tidemill import by_value
from tidemill.engine.carrying import carried, entered
from tidemill.engine.context import current
from tidemill.engine.errors_abroad import ErrorParts, survives
from tidemill.engine.opening import process_runtime_at
from tidemill.engine.runtime import use
from tidemill.engine.with_parent import end_with_parent
from tidemill.exceptions import CrashedRun
from tidemill.system.frames import without_ours

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

_LOOK_SECONDS: Final = 0.05


class Isolated:
    """A function that runs in a fresh process at each call."""

    def __init__(self, fn: Callable[..., Any]) -> None:
        """Wrap a synchronous function."""
        self.fn = fn

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run it there and give its value; what it raises is raised here. ``CrashedRun`` if the process dies."""
        context = current()
        assert context is not None  # a task's body is always called within its run
        here_runs = (context.runtime.ledger.home, context.runtime.settings)
        parcel = by_value.dumps((self.fn, args, kwargs, carried(), here_runs))
        spawning = multiprocessing.get_context("spawn")
        here, there = spawning.Pipe(duplex=False)
        process = spawning.Process(target=_body, args=(there, parcel), daemon=True)
        process.start()
        there.close()
        try:
            return _outcome(here, process)
        finally:
            # A deadline, a signal or a planted exception may have come between any two lines above.
            if process.is_alive():
                process.kill()
            process.join()
            here.close()


class RaisedThereError(Exception):
    """The traceback of an isolated body, as text: the cause of the exception that is raised here."""

    def __str__(self) -> str:
        return f"in the process of the body:\n{self.args[0]}"


def _outcome(here: Any, process: Any) -> Any:
    while not here.poll(_LOOK_SECONDS):  # in short waits: an exception planted in this thread waits for the next one
        if not process.is_alive() and not here.poll(0):
            raise CrashedRun(f"The process of the task's body ended with exit code {process.exitcode}.")
    try:
        raised, told, value = cloudpickle.loads(here.recv_bytes())
    except EOFError:
        process.join()
        raise CrashedRun(f"The process of the task's body ended with exit code {process.exitcode}.") from None
    if raised is None:
        return value
    error = raised.whole() if isinstance(raised, ErrorParts) else raised
    raise error from RaisedThereError(told)


def _body(there: Connection, parcel: bytes) -> None:
    """In the process of its own."""
    end_with_parent()
    fn, args, kwargs, context, (home, settings) = cloudpickle.loads(parcel)
    runtime = process_runtime_at(home, settings)
    use(runtime)
    with entered(context):
        raised: BaseException | None = None
        value: Any = None
        try:
            value = fn(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - it is raised in the process of the run
            raised = error
        there.send_bytes(_packed(raised, value))
    runtime.recorder.wait_applied()  # what was logged here: the process ends without exit handlers


def _packed(raised: BaseException | None, value: Any) -> bytes:
    told = None if raised is None else _told(raised)
    carried_error = raised if raised is None or survives(raised) else ErrorParts.of(raised)
    try:
        return bytes(cloudpickle.dumps((carried_error, told, value)))
    except Exception as error:  # noqa: BLE001 - the value's own code raises anything
        from tidemill.pickling import why_unpicklable  # noqa: PLC0415 - only where something is wrong
        from tidemill.results.kept import RecordedError  # noqa: PLC0415 - as above

        thing = raised if raised is not None else value
        lost = f"cannot travel back: {why_unpicklable(thing) or error}"
        stands_in: Exception = TypeError(f"what the isolated task gave {lost}")
        if raised is not None:
            stands_in = RecordedError(type(raised).__qualname__, f"{raised} (the exception {lost})", told or "")
        return bytes(cloudpickle.dumps((stands_in, told, None)))


def _told(error: BaseException) -> str:
    import traceback  # noqa: PLC0415 - only where the body failed

    return "".join(traceback.format_exception(type(error), error, without_ours(error.__traceback__)))
