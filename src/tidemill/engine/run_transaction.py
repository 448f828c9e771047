"""The transaction of a task run: the steps of ``tidemill.transactions``, performed by the driver of the task."""

from __future__ import annotations

from abc import abstractmethod
from functools import partial
from typing import TYPE_CHECKING, Any

from tidemill.engine.caching import rolled_back
from tidemill.engine.drivers.sync import record
from tidemill.engine.effects import Block, Invoke, Outcome, Record, unwrap
from tidemill.engine.pool import wait_in_pool
from tidemill.transactions import AsyncTransaction, CommitMode, Transaction
from tidemill.transactions.base import BaseTransaction

if TYPE_CHECKING:
    from tidemill.engine.context import TaskRunContext
    from tidemill.engine.effects import Steps
    from tidemill.system.asking import Ask, Asking


class RunTransaction(BaseTransaction):
    """What a task run stages and undoes. Once its end is recorded, being rolled back is recorded too."""

    run: TaskRunContext
    #: Whether code in the body finds it with ``get_transaction``.
    visible: bool = True
    ended: bool = False

    def open_steps(self) -> Steps[None]:
        """Find the outer transaction, take the lock, look for a record of the key."""
        if self.visible:
            self._enter()
        else:
            self.prepare_transaction()
        try:
            yield from self._performed(self._begin())
        except BaseException:
            self.leave()
            raise

    def read_steps(self) -> Steps[Any]:
        """The record under the key, or ``None``."""
        store, key = self.store, self.key
        if store is not None and key is not None and store.lock_manager is not None and not self._locked:
            unwrap((yield self._wait(store, "wait_for_lock", (key,))))
        return (yield from self._performed(self._read()))

    def complete_steps(self) -> Steps[None]:
        """Commit, or leave the commit to the outer transaction."""
        yield from self._performed(self._finish(None))

    def fail_steps(self) -> Steps[None]:
        """Undo what was done inside, and what was done before in the outer transaction."""
        outer = self.get_parent()
        try:
            yield from self._performed(self._rollback())
            if outer is not None:
                yield from self._performed(outer._rollback())  # noqa: SLF001 - its own kind
        finally:
            self.leave()
            if isinstance(outer, RunTransaction):
                outer.children.clear()  # the outer task may still complete, with what it does from here on

    def leave(self) -> None:
        """Close without a word to anybody; the lock is given back."""
        self._unlock()
        self._leave()

    @property
    def undone(self) -> bool:
        """Rolled back, and there was something to undo: a value that could not be written undoes nothing by itself."""
        return self.is_rolled_back() and bool(self.failure is None or self.on_rollback_hooks or self.children)

    def join_outer(self) -> None:
        """Take part in the outer transaction as a run that ended before it was opened again."""
        self.prepare_transaction()
        if self.commit_mode is not CommitMode.EAGER:
            self._leave()

    def _rollback(self) -> Asking[bool]:
        clean = yield from super()._rollback()
        if self.ended and self.undone:
            record(Record(rolled_back(self.run)), self.run.runtime)
        return clean

    def _performed(self, asking: Asking[Any]) -> Steps[Any]:
        """Perform what a transaction asks for by the engine's effects: hooks as user code, the rest not on the loop."""
        answer: Any = None
        error: BaseException | None = None
        while True:
            try:
                ask = asking.send(answer) if error is None else asking.throw(error)
            except StopIteration as done:
                error = None  # as in system.asking: its traceback would hold on to this frame
                return done.value
            try:
                outcome: Outcome[Any] = yield self._effect(ask)
            except GeneratorExit:
                raise
            except BaseException as interruption:  # noqa: BLE001 - it goes on, once what was done is undone
                answer, error = None, interruption
            else:
                answer, error = outcome.value, outcome.raised

    def _effect(self, ask: Ask) -> Block | Invoke:
        if ask.verb == "acquire_lock":
            return self._wait(ask.target, ask.verb, ask.arguments)
        method = partial(getattr(ask.target, ask.verb), *ask.arguments, **ask.options)
        return Invoke(method, ()) if ask.verb == "run" else Block(method)

    @abstractmethod
    def _wait(self, target: Any, verb: str, arguments: tuple[Any, ...]) -> Block | Invoke:
        """Wait for a lock."""


class SyncRunTransaction(RunTransaction, Transaction):
    """As the body of a sync task sees it."""

    def _wait(self, target: Any, verb: str, arguments: tuple[Any, ...]) -> Block:
        """Without keeping a place in the pool from the task that holds the lock."""
        return Block(_in_turn, (partial(getattr(target, verb), *arguments),))


class AsyncRunTransaction(RunTransaction, AsyncTransaction):
    """As the body of an async task sees it."""

    def _wait(self, target: Any, verb: str, arguments: tuple[Any, ...]) -> Invoke:
        """On the loop: waiting threads would keep the holder from the thread that it ends with, or outlive a cancel."""
        return Invoke(getattr(target, f"a{verb}"), arguments)


def _in_turn(wait: partial[Any]) -> Any:
    answers: list[Any] = []
    wait_in_pool(lambda: answers.append(wait()), None)
    return answers[0]
