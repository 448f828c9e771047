"""Waiting for a person, decided: in the process (pause), or out of it (suspend).

A run's k-th call of either, or the ``key`` it gives, is one pause for as long as the run lives, however often it is
resumed or retried: once somebody has let it pass, it is passed.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from tidemill.domain.pauses import PauseOutcome, pause_outcome, timed_out, timed_out_message
from tidemill.domain.runs import FlowRunInput
from tidemill.domain.states import State, StateDetails, StateType, from_us
from tidemill.engine.away import answered, applied
from tidemill.engine.context import FlowRunContext, TaskRunContext, current
from tidemill.engine.effects import Block, Outcome, unwrap
from tidemill.engine.flow_states import follow_decision, state_set
from tidemill.engine.leaving import leave_if_asked
from tidemill.engine.looking import LOOK_EVERY, Looking
from tidemill.engine.signals import CancelRequested
from tidemill.exceptions import Abort, FlowPauseTimeout, MissingContextError, Pause
from tidemill.store.errors import StoreUnavailableError

if TYPE_CHECKING:
    from tidemill.domain.runs import FlowRun
    from tidemill.engine.effects import Steps
    from tidemill.engine.runtime import Runtime

logger = logging.getLogger("tidemill.flow_runs")

_SECOND_US: Final = 1_000_000


class Question(NamedTuple):
    """What the person who resumes is asked for: a JSON schema, and words about it."""

    schema: str
    description: str | None


class Wish(NamedTuple):
    """One call of pause or suspend. ``timeout`` and ``poll_interval`` are in seconds; no ``timeout`` waits for ever."""

    question: Question | None
    timeout: float | None
    key: str | None
    poll_interval: float = LOOK_EVERY


class Answer(NamedTuple):
    """What was answered, as JSON, and under which key of the run's inputs it stands."""

    key: str
    text: str


def keyset_of(base_key: str) -> dict[str, str]:
    """Under which keys of the run's inputs a question and its answer stand."""
    return {part: f"{base_key}-{part}" for part in ("description", "response", "schema")}


def run_here(verb: str) -> FlowRunContext:
    """The flow run that this code may pause. Raises ``MissingContextError`` outside of one, and within a task run."""
    context = current()
    if isinstance(context, TaskRunContext):
        raise MissingContextError(
            f"{verb}_flow_run was called in task run {context.run_name!r}: a task run cannot be {_done(verb)}. "
            "Call it in the flow's own code"
        )
    if not isinstance(context, FlowRunContext):
        raise MissingContextError(f"{verb}_flow_run was called outside of a flow run: there is nothing to {verb}")
    return context


def root_run_here() -> FlowRunContext:
    """The flow run that this code may suspend: one that no other flow run called."""
    context = run_here("suspend")
    if context.root != context.run_id:
        raise MissingContextError(
            f"subflow run {context.run_name!r} cannot be suspended: its parent waits for it in this process. "
            "Pause it, or suspend the parent"
        )
    return context


def pause(context: FlowRunContext, wish: Wish) -> Steps[Answer | None]:
    """Wait until somebody resumes the run; gives the answer, if one was asked for.

    Raises ``FlowPauseTimeout`` if nobody does in time.
    """
    leave_if_asked(context)
    key, passed, answer = yield from _earlier(context, wish)
    if passed:
        return answer
    if context.state.type is not StateType.RUNNING:
        raise MissingContextError(
            f"flow run {context.run_name!r} is {context.state.name} already: pause it once at a time"
        )
    state, details = _waiting(context, wish, key, "Paused")
    yield from _ask(context, wish, key, "Paused")
    try:
        yield state_set(context, state, details)
        logger.info("Paused. Go on with: tidemill flow-run resume %s", context.run_id, extra={"run_context": context})
        yield from _until_resumed(context, state, wish)
    except BaseException:
        _recover(context)
        raise
    return (yield from _answer(context, wish, "Paused", key))


def suspend(context: FlowRunContext, wish: Wish) -> Steps[Answer | None]:
    """Leave the run (raises ``Pause``), unless somebody has resumed it from this very call."""
    key, passed, answer = yield from _earlier(context, wish)
    if passed:
        return answer
    yield from _ask(context, wish, key, "Suspended")
    raise Pause(state=_waiting(context, wish, key, "Suspended")[0])


def new_input(runtime: Runtime, flow_run_id: str, key: str, value: str, sender: str | None = None) -> FlowRunInput:
    """An input, ready to be put into the store. ``value`` is JSON."""
    return FlowRunInput(
        id=runtime.new_id(),
        flow_run_id=flow_run_id,
        key=key,
        value=value,
        created=from_us(runtime.clock.now_us()),
        sender=sender,
    )


def _done(verb: str) -> str:
    return {"pause": "paused", "suspend": "suspended"}[verb]


def _earlier(context: FlowRunContext, wish: Wish) -> Steps[tuple[str, bool, Answer | None]]:
    """The pause's key, whether it was passed before, and what was answered then."""
    key = wish.key if wish.key is not None else str(context.nth_call("pause") + 1)
    runtime = context.runtime
    what = f"whether flow run {context.run_name!r} was resumed"
    yield from applied(runtime, what)
    states = yield from answered(runtime, what, runtime.ledger.store.flow_run_states, context.run_id)
    outcome = pause_outcome(states, key)
    replays = context.recollection is not None and context.recollection.replays_failures
    if outcome is PauseOutcome.TIMED_OUT and replays:
        raise FlowPauseTimeout(timed_out_message("Paused"))
    if outcome is not PauseOutcome.RESUMED:
        return key, False, None
    for name in ("Paused", "Suspended"):
        answer = yield from _answer(context, wish, name, key)
        if wish.question is None or answer is not None:
            return key, True, answer
    return key, False, None


def _answer(context: FlowRunContext, wish: Wish, name: str, key: str) -> Steps[Answer | None]:
    if wish.question is None:
        return None
    response = keyset_of(f"{name.lower()}-{key}")["response"]
    ask = context.runtime.ledger.store.read_flow_run_input
    what = f"what flow run {context.run_name!r} was answered"
    text: str | None = yield from answered(context.runtime, what, ask, context.run_id, response)
    return None if text is None else Answer(response, text)


def _ask(context: FlowRunContext, wish: Wish, key: str, name: str) -> Steps[None]:
    """Put the question where whoever resumes finds it, before the run says that it waits; an old answer goes."""
    if wish.question is None:
        return
    keys = keyset_of(f"{name.lower()}-{key}")
    texts = {"schema": wish.question.schema}
    if wish.question.description is not None:
        texts["description"] = msgspec.json.encode(wish.question.description).decode()

    def put() -> None:
        store = context.runtime.ledger.store
        store.delete_flow_run_input(context.run_id, keys["response"])
        for part, text in texts.items():
            store.put_flow_run_input(new_input(context.runtime, context.run_id, keys[part], text), replace=True)

    yield from answered(context.runtime, f"what flow run {context.run_name!r} is to be asked", put)


def _waiting(context: FlowRunContext, wish: Wish, key: str, name: str) -> tuple[State[Any], Any]:
    now = context.runtime.clock.now_us()
    details = StateDetails(
        pause_key=key,
        pause_reschedule=name == "Suspended",
        pause_timeout=None if wish.timeout is None else from_us(now + int(wish.timeout * _SECOND_US)),
        run_input_keyset=None if wish.question is None else keyset_of(f"{name.lower()}-{key}"),
    )
    state = State[Any](StateType.PAUSED, name, timestamp_us=now, state_details=details)
    return state, msgspec.to_builtins(details)


def _until_resumed(context: FlowRunContext, paused: State[Any], wish: Wish) -> Steps[None]:
    """Look, ever less often, until the run is Paused no more; at the time-out, see to that oneself."""
    runtime = context.runtime
    what = f"whether flow run {context.run_name!r} was resumed"
    yield from applied(runtime, what)
    until = None if wish.timeout is None else paused.timestamp_us + int(wish.timeout * _SECOND_US)
    looking: Looking[FlowRun] = Looking(
        runtime, what, "read_flow_run", lambda: {"handle": context.run_id}, longest=wish.poll_interval
    )
    while True:
        now = runtime.clock.now_us()
        run: FlowRun | None = None
        if until is not None and now >= until:
            given_up: Outcome[FlowRun] = yield Block(_give_up, (context, paused.id, now))
            if not isinstance(given_up.raised, StoreUnavailableError):
                run = unwrap(given_up)
        else:
            run = yield from looking.look()
        if run is not None and run.state_type is not StateType.PAUSED:
            break
        yield from looking.pause(None if until is None else max(until - now, 0) / _SECOND_US)
    yield from _go_on(context, run, timed_out(paused.id, now).id)


def _give_up(context: FlowRunContext, paused_id: str, now: int) -> FlowRun:
    """At the time-out: Running again, unless somebody was faster. The store lets one of them win."""
    return context.runtime.ledger.store.set_flow_run_state(
        context.run_id, timed_out(paused_id, now), only_from=paused_id
    )


def _recover(context: FlowRunContext) -> None:
    """The waiting was broken off from outside and the code goes on: so does the run."""
    if context.state.type is StateType.PAUSED:
        now = context.runtime.clock.now_us()
        back = State[Any](StateType.RUNNING, message="The pause was broken off.", timestamp_us=now)
        context.runtime.record(state_set(context, back).entry)


def _go_on(context: FlowRunContext, run: FlowRun, timed_out_id: str) -> Steps[None]:
    state_type = run.state_type
    assert state_type is not None
    assert run.state is not None
    root = run
    if context.root != context.run_id:
        store = context.runtime.ledger.store
        root = yield from answered(
            context.runtime, f"how flow run {run.name!r} stands", store.read_flow_run, context.root
        )
    here = context.runtime.clock.now_us()
    state = State[Any](state_type, run.state_name, run.state.message, timestamp_us=here, id=run.state_id)
    follow_decision(context, run, state)
    if root.epoch != context.epoch:
        raise Abort(f"flow run {run.name!r} is continued by another process; this one leaves it")
    if run.state_id == timed_out_id:
        raise FlowPauseTimeout(f"{timed_out_message('Paused')} (flow run {run.name!r})")
    if state_type in (StateType.CANCELLING, StateType.CANCELLED):
        raise CancelRequested(f"flow run {run.name!r} was cancelled while it was paused")
    if state_type is StateType.SCHEDULED:  # whoever resumed it took this process for dead
        yield state_set(context, State(StateType.RUNNING, timestamp_us=here))
    elif state_type is not StateType.RUNNING:
        raise Abort(f"flow run {run.name!r} was set to {run.state_name} while it was paused")
    logger.info("Resumed.", extra={"run_context": context})
