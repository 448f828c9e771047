"""Flow runs from within and from outside: pause, suspend and resume them, wait for them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from tidemill.domain.pauses import Suspension
from tidemill.domain.states import TERMINAL_STATES, StateType
from tidemill.engine import pausing
from tidemill.engine.away import applied
from tidemill.engine.context import current
from tidemill.engine.drivers import sync
from tidemill.engine.effects import Block, unwrap
from tidemill.engine.leaving import notice_suspensions
from tidemill.engine.looking import LOOK_EVERY, Looking
from tidemill.engine.pausing import Wish, new_input, root_run_here, run_here
from tidemill.engine.runtime import runtime
from tidemill.exceptions import FlowPauseTimeout, FlowRunWaitTimeout, MissingResult, ObjectNotFound, OptionError
from tidemill.store.errors import UnknownRunError

if TYPE_CHECKING:
    from uuid import UUID

    from tidemill.domain.runs import FlowRun
    from tidemill.engine.context import FlowRunContext
    from tidemill.engine.effects import Steps
    from tidemill.engine.pausing import Answer
    from tidemill.engine.runtime import Runtime

T = TypeVar("T")

__all__ = [
    "acancel_flow_run",
    "apause_flow_run",
    "aresume_flow_run",
    "asuspend_flow_run",
    "cancel_flow_run",
    "pause_flow_run",
    "resume_flow_run",
    "suspend_flow_run",
    "wait_for_flow_run",
]

logger = logging.getLogger("tidemill.engine")  # not a run's own: whoever waits need not be in one


def pause_flow_run(
    wait_for_input: type[T] | None = None, timeout: int = 3600, poll_interval: int = 10, key: str | None = None
) -> T | None:
    """Wait in this process until somebody resumes the flow run; gives what they answered, if that was asked for.

    - ``wait_for_input``: a ``RunInput``, a pydantic model or a type such as ``str``; resuming must bring one.
    - ``timeout``: seconds, after which it raises ``FlowPauseTimeout``; default an hour.
    - ``poll_interval``: how many seconds an answer may go unnoticed at most; usually it is 0.2; servers tell.
    - ``key``: names the pause. By default a run's first pause is its first, and so on. A pause that was passed once is
      passed at once when the run is resumed or retried.

    Raises ``MissingContextError`` outside of a flow run, and in a task.
    """
    context = run_here("pause")
    model = _model(wait_for_input)
    wish = _wish(model, timeout, key, poll_interval)
    answer = sync.drive(pausing.pause(context, wish), context.runtime)
    return _answer(model, answer, context)  # type: ignore[no-any-return]  # what the model makes of the answer


async def apause_flow_run(
    wait_for_input: type[T] | None = None, timeout: int = 3600, poll_interval: int = 10, key: str | None = None
) -> T | None:
    """As ``pause_flow_run``, without holding up the event loop."""
    from tidemill.engine.drivers import asynchronous  # noqa: PLC0415 - synchronous programs never load asyncio

    context = run_here("pause")
    model = _model(wait_for_input)
    wish = _wish(model, timeout, key, poll_interval)
    answer = await asynchronous.drive(pausing.pause(context, wish), context.runtime)
    return _answer(model, answer, context)  # type: ignore[no-any-return]  # as above


def suspend_flow_run(
    wait_for_input: type[T] | None = None,
    flow_run_id: UUID | None = None,
    timeout: int | None = None,
    key: str | None = None,
) -> T | None:
    """Leave the flow run: it ends here as Suspended, and goes on when somebody resumes it, in whatever process.

    When it goes on, its code runs from the start, tasks that completed give what they gave, and this call, found by its
    place or ``key``, returns at once; with what was answered, if ``wait_for_input`` asked for that. ``timeout`` is in
    seconds; default none.

    ``flow_run_id`` may be another run's, in whichever process. That run is asked to leave: its process sees it at its
    next beat (5 s), tasks that have begun run to their end, and the next call that the flow's own code makes is where
    it ends as Suspended. A run that nobody is at is Suspended at once. This returns without waiting for either.

    Raises ``MissingContextError`` outside of a flow run, in a task and in a subflow, if no other run is named. For
    another run: ``ObjectNotFound`` if there is none, ``IllegalTransitionError`` if it is over, is being cancelled or is
    a subflow run, ``OptionError`` with ``wait_for_input``, since only its own code could take the answer.
    """
    if _is_another(flow_run_id):
        here = runtime()
        sync.drive(_suspend_other(here, str(flow_run_id), wait_for_input, timeout, key), here)
        return None
    context, model, wish = _suspension(wait_for_input, timeout, key)
    return _answer(model, sync.drive(pausing.suspend(context, wish), context.runtime), context)  # type: ignore[no-any-return]  # as above


async def asuspend_flow_run(
    wait_for_input: type[T] | None = None,
    flow_run_id: UUID | None = None,
    timeout: int | None = None,
    key: str | None = None,
) -> T | None:
    """As ``suspend_flow_run``, in an async flow."""
    from tidemill.engine.drivers import asynchronous  # noqa: PLC0415 - as above

    if _is_another(flow_run_id):
        here = runtime()
        await asynchronous.drive(_suspend_other(here, str(flow_run_id), wait_for_input, timeout, key), here)
        return None
    context, model, wish = _suspension(wait_for_input, timeout, key)
    answer = await asynchronous.drive(pausing.suspend(context, wish), context.runtime)
    return _answer(model, answer, context)  # type: ignore[no-any-return]  # as above


def resume_flow_run(flow_run_id: UUID, run_input: dict[str, Any] | None = None) -> None:
    """Let a paused or suspended flow run go on.

    If a process waits in the pause, it goes on there. Otherwise the run is Scheduled to go on wherever it is taken up:
    ``tidemill flow-run resume ID`` does that here. ``run_input`` answers what the pause asks for, and must fit it.

    Raises ``NotPausedError`` if the run is not paused, ``FlowPauseTimeout`` if it is too late, ``ObjectNotFound`` if
    there is no such run, ``OptionError`` if the input does not fit.
    """
    here = runtime()
    sync.drive(_resume(here, str(flow_run_id), run_input), here)


async def aresume_flow_run(flow_run_id: UUID, run_input: dict[str, Any] | None = None) -> None:
    """As ``resume_flow_run``, without holding up the event loop."""
    from tidemill.engine.drivers import asynchronous  # noqa: PLC0415 - as above

    here = runtime()
    await asynchronous.drive(_resume(here, str(flow_run_id), run_input), here)


def cancel_flow_run(flow_run_id: UUID | str) -> FlowRun:
    """Ask a flow run to end, whichever process it is in; gives the run as it stands then.

    A run that a live process is at is Cancelling: that process sees it at its next beat (5 s), interrupts the run's
    code and ends the run, its subflows and its tasks as Cancelled. A run that nobody is at is Cancelled at once.

    Raises ``ObjectNotFound`` if there is no such run, ``IllegalTransitionError`` if it is over.
    """
    here = runtime()
    return sync.drive(_cancel(here, str(flow_run_id)), here)


async def acancel_flow_run(flow_run_id: UUID | str) -> FlowRun:
    """As ``cancel_flow_run``, without holding up the event loop."""
    from tidemill.engine.drivers import asynchronous  # noqa: PLC0415 - as above

    here = runtime()
    return await asynchronous.drive(_cancel(here, str(flow_run_id)), here)


async def wait_for_flow_run(
    flow_run_id: UUID,
    timeout: int | None = 10800,
    poll_interval: int | None = None,
    client: Any = None,  # noqa: ARG001 - the contract's signature
    log_states: bool = False,
) -> FlowRun:
    """Wait until a flow run is over; gives it as it stands then.

    ``timeout`` is in seconds, default three hours, ``None`` for ever; ``poll_interval`` is the longest time between two
    looks, default 0.2 s; a server tells of a change by itself. While it is away, that is said, and it is waited for.
    ``log_states`` logs each state that is seen. ``client`` has no effect: runs are those of this
    process's home. Raises ``FlowRunWaitTimeout``, and ``ObjectNotFound`` if there is no such run.
    """
    from tidemill.engine.drivers import asynchronous  # noqa: PLC0415 - as above

    here = runtime()
    steps = until_over(here, str(flow_run_id), timeout, poll_interval or LOOK_EVERY, log_states=log_states)
    return await asynchronous.drive(steps, here)


def _model(wanted: Any) -> Any:
    if wanted is None:
        return None
    from tidemill.input.run_input import run_input_subclass_from_type  # noqa: PLC0415 - brings pydantic, if asked for

    return run_input_subclass_from_type(wanted)


def _wish(model: Any, timeout: float | None, key: str | None, poll_interval: float = LOOK_EVERY) -> Wish:
    if timeout is not None and timeout < 0:
        raise OptionError.expected("timeout", "a number of seconds ≥ 0", timeout)
    if poll_interval <= 0:
        raise OptionError.expected("poll_interval", "a number of seconds > 0", poll_interval)
    return Wish(None if model is None else model.question(), timeout, key, poll_interval)


def _is_another(flow_run_id: UUID | None) -> bool:
    """Whether a run is meant whose own code this is not."""
    if flow_run_id is None:
        return False
    context = current()
    return context is None or context.run_id != str(flow_run_id)


def _suspend_other(here: Runtime, flow_run_id: str, wanted: Any, timeout: float | None, key: str | None) -> Steps[None]:
    if wanted is not None:
        raise OptionError.expected("wait_for_input", "None, since another run's code could not take the answer", wanted)
    wish = _wish(None, timeout, key)
    unwrap((yield Block(here.recorder.wait_applied)))
    unwrap((yield Block(here.ledger.tend)))
    run = unwrap((yield Block(read_flow_run, (here, flow_run_id))))
    now = here.clock.now_us()
    until = None if wish.timeout is None else now + int(wish.timeout * 1_000_000)
    unwrap((yield Block(here.ledger.store.suspend_flow_run, (run.id, Suspension(wish.key, until), now))))
    unwrap((yield Block(notice_suspensions, (here,))))


def _suspension(wanted: Any, timeout: float | None, key: str | None) -> tuple[FlowRunContext, Any, Wish]:
    context = root_run_here()
    model = _model(wanted)
    return context, model, _wish(model, timeout, key)


def _answer(model: Any, answer: Answer | None, context: FlowRunContext) -> Any:
    if model is None:
        return None
    if answer is None:
        raise MissingResult(f"flow run {context.run_name!r} was resumed without the input that it asked for")
    return model.answered(msgspec.json.decode(answer.text), answer.key, context.run_id)


def _resume(here: Runtime, flow_run_id: str, run_input: dict[str, Any] | None) -> Steps[None]:
    unwrap((yield Block(here.recorder.wait_applied)))
    unwrap((yield Block(here.ledger.tend)))
    run = unwrap((yield Block(read_flow_run, (here, flow_run_id))))
    keyset = run.state.state_details.get("run_input_keyset") if run.state is not None else None
    answer = None
    if keyset is not None and run.state_type is StateType.PAUSED:
        schema = unwrap((yield Block(here.ledger.store.read_flow_run_input, (run.id, keyset["schema"]))))
        given = run_input or {}
        if schema is not None:
            _check_answer(run, given, msgspec.json.decode(schema))
        answer = new_input(here, run.id, keyset["response"], msgspec.json.encode(given).decode())
    elif run_input is not None and run.state_type is StateType.PAUSED:
        raise OptionError(f"flow run {run.name!r} asks for no input, so 'run_input' cannot be given")
    after: FlowRun = unwrap((yield Block(here.ledger.store.resume_flow_run, (run.id, here.clock.now_us(), answer))))
    if after.state_type is StateType.FAILED and after.state is not None:
        raise FlowPauseTimeout(f"flow run {run.name!r} cannot be resumed: {after.state.message}")


def _cancel(here: Runtime, flow_run_id: str) -> Steps[FlowRun]:
    unwrap((yield Block(here.recorder.wait_applied)))
    unwrap((yield Block(here.ledger.tend)))
    run = unwrap((yield Block(read_flow_run, (here, flow_run_id))))
    after: FlowRun = unwrap((yield Block(here.ledger.store.cancel_flow_run, (run.id, here.clock.now_us()))))
    return after


def _check_answer(run: FlowRun, given: dict[str, Any], schema: dict[str, Any]) -> None:
    # Only answers need it, and it is large.
    from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # noqa: PLC0415 - it has no types

    wrong = sorted(Draft202012Validator(schema).iter_errors(given), key=lambda error: list(map(str, error.path)))
    if wrong:
        said = "; ".join(f"{'.'.join(map(str, error.path)) or 'run_input'}: {error.message}" for error in wrong)
        raise OptionError(f"the input does not fit what flow run {run.name!r} asks for: {said}")


def read_flow_run(here: Runtime, flow_run_id: str) -> FlowRun:
    """A flow run as it stands in the store. Raises ``ObjectNotFound``."""
    try:
        return here.ledger.store.read_flow_run(flow_run_id)
    except UnknownRunError as error:
        raise ObjectNotFound(error) from error


def until_over(
    here: Runtime, flow_run_id: str, timeout: float | None, poll_interval: float, *, log_states: bool
) -> Steps[FlowRun]:
    """Wait until a flow run is over; gives it as it stands then. Raises ``FlowRunWaitTimeout``."""
    began = here.clock.monotonic()
    run: FlowRun | None = None
    seen: str | None = None
    what = f"how flow run {flow_run_id} stands"
    yield from applied(here, what, timeout)
    looking: Looking[FlowRun] = Looking(
        here, what, "read_flow_run", lambda: {"handle": flow_run_id}, longest=poll_interval
    )
    while True:
        try:
            run = (yield from looking.look()) or run
        except UnknownRunError as error:
            raise ObjectNotFound(error) from error
        if run is not None:
            if log_states and run.state_id != seen:
                logger.info("Flow run %r is %s.", run.name, run.state_name)
                seen = run.state_id
            if run.state_type in TERMINAL_STATES:
                return run
        left = None if timeout is None else timeout - (here.clock.monotonic() - began)
        if left is not None and left <= 0:
            stands = f"{run.name!r} is {run.state_name}" if run is not None else f"{flow_run_id} cannot be asked for"
            raise FlowRunWaitTimeout(f"flow run {stands}, and was not over within {timeout:g} s")
        yield from looking.pause(left)
