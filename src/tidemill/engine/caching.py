"""Task runs whose result is written to a file, may come from one, or that take part in a transaction."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from tidemill.domain.entries import TaskRunCreated, TaskRunEnded, TaskRunStateSet
from tidemill.domain.states import State, StateDetails, StateType, from_us
from tidemill.domain.values import value_of
from tidemill.engine import results
from tidemill.engine.effects import Block, Outcome, Record
from tidemill.engine.hooks import run_hooks
from tidemill.engine.persistence import reference
from tidemill.exceptions import ConfigurationError, TidemillException
from tidemill.results.keys import fit_for_file, fresh_key
from tidemill.transactions.base import get_transaction

if TYPE_CHECKING:
    from tidemill.domain.runs import RecordedCall
    from tidemill.engine.calls import TaskCall
    from tidemill.engine.context import TaskRunContext
    from tidemill.engine.effects import Steps
    from tidemill.engine.run_transaction import RunTransaction

logger = logging.getLogger("tidemill.task_runs")


def concerns(call: TaskCall, context: TaskRunContext) -> bool:
    """Whether this call persists its result, has hooks of transactions, or stands in a transaction."""
    task = call.task
    return bool(
        (context.persist_result and not task.isgenerator)
        or get_transaction() is not None
        or task.on_rollback_hooks
        or task.on_commit_hooks
    )


def cached_run(call: TaskCall, context: TaskRunContext, attempts: Steps[State[Any]], inputs: Any) -> Steps[State[Any]]:
    """Give what the cache has, else make the attempts within a transaction, which ``settle`` closes."""
    try:
        txn = context.transaction = yield from _opened(call, context)
    except ConfigurationError as error:
        return (yield from _misconfigured(call, context, error, inputs))
    try:
        if txn.is_committed():
            hit = yield from _hit(call, context, txn, inputs)
            if hit is not None:
                return hit
        return (yield from attempts)
    finally:
        if not context.state.is_final():  # the driver was stopped: nothing more can be asked of it
            txn.leave()
        _let_go(context)


def _misconfigured(
    call: TaskCall, context: TaskRunContext, error: ConfigurationError, inputs: Any
) -> Steps[State[Any]]:
    """What the task asks of its cache cannot be had: the run failed before its body could start."""
    now = call.runtime.clock.now_us()
    state: State[Any] = State(StateType.FAILED, None, str(error), error, timestamp_us=now)
    yield Record(_created(call, context, inputs, now))
    kept = results.kept_of(call, state, context)
    yield Record(
        TaskRunEnded(context.root, call.run_id, "FAILED", "Failed", str(error), now, context.run_count, 0, kept)
    )
    logger.error("%s", error, extra={"run_context": context})
    return state


def _let_go(context: TaskRunContext) -> None:
    """Hold on to no value: what is left to an outer transaction lives as long as that, and cycles longer still."""
    context.transaction = None
    context.parameters = {}
    context.state = context.state.fresh_copy(data=None, id=context.state.id)


def _opened(call: TaskCall, context: TaskRunContext) -> Steps[RunTransaction]:
    from tidemill.engine.run_transaction import (  # noqa: PLC0415 - plain tasks need none
        AsyncRunTransaction,
        SyncRunTransaction,
    )

    task = call.task
    kind = AsyncRunTransaction if task.isasync else SyncRunTransaction
    options: dict[str, Any] = {"logger": _adapter(context), "isolation_level": None}
    if context.persist_result and not task.isgenerator:
        options |= yield from _place(call, context)
    txn: RunTransaction = kind(**options)
    txn.run = context
    txn.visible = not task.isgenerator
    try:
        yield from txn.open_steps()
    except ConfigurationError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever the storage raises; the work does not depend on it
        logger.warning(
            "The cache of task run %r cannot be asked: %s: %s. The task runs.",
            context.run_name,
            type(error).__name__,
            error,
            extra={"run_context": context},
        )
        txn = kind(logger=options["logger"], store=options.get("store"), key=options.get("key"))
        txn.run = context
        txn.overwrite = True
        txn.visible = False
        txn.prepare_transaction()
    return txn


def _adapter(context: TaskRunContext) -> Any:
    return logging.LoggerAdapter(logger, {"run_context": context})


def _place(call: TaskCall, context: TaskRunContext) -> Steps[dict[str, Any]]:
    """Where the result goes and what it is looked for under; a key of its own where the call is not cached."""
    from tidemill.results.isolation import IsolationLevel  # noqa: PLC0415 - plain tasks need none

    task = call.task
    settings = call.runtime.chosen().tasks
    store = context.store()
    outcome: Outcome[str | None] = yield Block(_cache_key, (call, context))
    if outcome.raised is not None:
        logger.warning("The result is not cached: %s", _said(outcome.raised), extra={"run_context": context})
    cached = outcome.value is not None
    refresh = settings.refresh_cache if task.refresh_cache is None else task.refresh_cache
    isolation = getattr(task.cache_policy, "isolation_level", None)
    return {
        "store": store,
        "key": outcome.value if cached else fresh_key(task.name, store.clock),
        "overwrite": not cached or refresh or settings.disable_caching,
        "isolation_level": IsolationLevel(isolation) if isolation is not None and cached else None,
    }


def _said(error: BaseException) -> str:
    if isinstance(error, TidemillException):
        return str(error)
    return f"{type(error).__name__}: {error}"


def _cache_key(call: TaskCall, context: TaskRunContext) -> str | None:
    """The name that the task's template or policy gives the call's result; ``None`` for a call that is not cached."""
    task = call.task
    flow = call.flow_context
    if task.result_storage_key is not None:
        from tidemill.results.keys import format_storage_key  # noqa: PLC0415 - few tasks have a template

        return format_storage_key(
            task.result_storage_key,
            parameters=context.parameters,
            task_run=context.task_run,
            flow_run=flow.flow_run if flow is not None else None,
        )
    policy = task.cache_policy
    if policy is None or call.runtime.chosen().tasks.disable_caching:
        return None
    key: str | None = policy.compute_key(
        task_ctx=context,
        inputs=task.receiver | context.parameters,
        flow_parameters=flow.parameters if flow is not None else {},
    )
    if key is None:
        return None
    if not isinstance(key, str):
        raise TypeError(f"its cache key is {key!r}, and must be a string or None")
    return fit_for_file(key)


def _hit(call: TaskCall, context: TaskRunContext, txn: RunTransaction, inputs: Any) -> Steps[State[Any] | None]:
    """The state of a run that need not run; ``None`` where the record turns out to be unreadable."""
    try:
        found = yield from txn.read_steps()
    except Exception as error:  # noqa: BLE001 - whatever is wrong with the record, running gives the value anew
        logger.warning(
            "The cached result of task run %r cannot be read: %s. The task runs.",
            context.run_name,
            _said(error),
            extra={"run_context": context},
        )
        found = None
    if found is None:
        _begin_anew(txn)
        return None
    yield from txn.complete_steps()
    assert txn.store is not None
    assert txn.key is not None
    now = call.runtime.clock.now_us()
    state: State[Any] = State(
        StateType.COMPLETED,
        "Cached",
        None,
        found.result,
        timestamp_us=now,
        state_details=StateDetails(cache_key=txn.key, cache_expiration=found.expiration),
    )
    context.state = state
    yield Record(_created(call, context, inputs, now))
    yield Record(
        TaskRunEnded(
            context.root,
            call.run_id,
            "COMPLETED",
            "Cached",
            None,
            now,
            context.run_count,
            0,
            reference(txn.store, txn.key, call.runtime),
            {"cache_key": txn.key},
        )
    )
    logger.info("The result comes from the cache (%s)", txn.key, extra={"run_context": context})
    if call.task.on_completion_hooks:
        yield from run_hooks(call.task.on_completion_hooks, call.task, context, state)
    return state


def _begin_anew(txn: RunTransaction) -> None:
    from tidemill.transactions.modes import TransactionState  # noqa: PLC0415 - loaded already, by the transaction

    txn.state = TransactionState.ACTIVE
    txn.overwrite = True


def _created(call: TaskCall, context: TaskRunContext, inputs: Any, now: int) -> TaskRunCreated:
    flow = call.flow_context
    parent = call.parent
    return TaskRunCreated(
        context.root,
        call.run_id,
        flow.run_id if flow is not None else None,
        context.run_name,
        call.task.task_key,
        call.run_id,
        call.tags,
        inputs,
        now,
        "Pending",
        None,
        call.task.version,
        None,
        parent.run_id if parent is not None and parent is not flow else None,
    )


def settle(call: TaskCall, context: TaskRunContext, txn: RunTransaction, state: State[Any]) -> Steps[str | None]:
    """Close the run's transaction before its end is recorded; gives the text that the journal holds for the value."""
    if state.type is not StateType.COMPLETED:
        yield from txn.fail_steps()
        return results.kept_of(call, state, context)
    task = call.task
    staged = None
    if txn.store is not None and txn.key is not None:
        expires = None
        if task.cache_expiration is not None:
            expires = from_us(state.timestamp_us) + task.cache_expiration
        staged = txn.store.create_result_record(value_of(state), txn.key, expires)
    txn.stage(staged, list(task.on_rollback_hooks), list(task.on_commit_hooks))
    yield from txn.complete_steps()
    if txn.failure is not None:
        state.message = f"The result was not written, its transaction was rolled back: {_said(txn.failure)}"
    elif txn.store is not None and txn.key is not None:
        written = reference(txn.store, txn.key, call.runtime)
        # One left to the outer transaction is written later: the journal has it if it is small, else a resume looks
        # for the file.
        return written if txn.is_committed() else results.kept_of(call, state, context) or written
    return results.kept_of(call, state, context)


def rolled_back(run: TaskRunContext) -> TaskRunStateSet:
    """The entry that says that a completed task run was undone."""
    message = "The transaction it was part of was rolled back."
    return TaskRunStateSet(
        run.root, run.run_id, "COMPLETED", "RolledBack", message, run.runtime.clock.now_us(), run.run_count
    )


def rejoin(call: TaskCall, recalled: RecordedCall) -> None:
    """Have a run that completed in an earlier attempt take part in the transaction that is open around the call."""
    task = call.task
    if recalled.type is not StateType.COMPLETED or get_transaction() is None:
        return
    if not task.on_rollback_hooks and not task.on_commit_hooks:
        return
    from tidemill.engine.context import TaskRunContext  # noqa: PLC0415 - plain tasks need none
    from tidemill.engine.run_transaction import SyncRunTransaction  # noqa: PLC0415 - as above

    run = TaskRunContext()
    run.runtime, run.run_id, run.run_count = call.runtime, call.run_id, recalled.run_count
    run.root = call.flow_context.root if call.flow_context is not None else ""
    txn = SyncRunTransaction()
    txn.run = run
    txn.ended = True
    txn.stage(None, list(task.on_rollback_hooks), list(task.on_commit_hooks))
    txn.join_outer()
