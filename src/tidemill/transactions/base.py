"""What a transaction is and every step it takes, as generators of what they need done."""

from __future__ import annotations

import copy
import logging
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from tidemill.exceptions import ConfigurationError, MissingResult, SerializationError
from tidemill.results.isolation import IsolationLevel
from tidemill.system.asking import Ask
from tidemill.system.frames import without_ours
from tidemill.transactions.modes import CommitMode, NotSet, TransactionState

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextvars import Token

    from tidemill.results import ResultRecord, ResultStore
    from tidemill.system.asking import Asking

    Hook = Callable[[Any], Any]
    Logger = logging.Logger | logging.LoggerAdapter[Any]

_DONE: Final = frozenset({TransactionState.COMMITTED, TransactionState.ROLLED_BACK})

_active: ContextVar[BaseTransaction | None] = ContextVar("tidemill_transaction", default=None)


def get_transaction() -> BaseTransaction | None:
    """The innermost transaction that is open here; None outside of any."""
    return _active.get()


class BaseTransaction:
    """What both kinds share: state, values, and every step written as a generator of what it needs done."""

    def __init__(
        self,
        *,
        key: str | None = None,
        store: ResultStore | None = None,
        commit_mode: CommitMode | None = None,
        isolation_level: IsolationLevel | None = IsolationLevel.READ_COMMITTED,
        overwrite: bool = False,
        write_on_commit: bool = True,
        logger: Logger | None = None,
        state: TransactionState = TransactionState.PENDING,
        children: list[Any] | None = None,
        on_commit_hooks: list[Hook] | None = None,
        on_rollback_hooks: list[Hook] | None = None,
    ) -> None:
        self.key = key
        self.store = store
        self.commit_mode = commit_mode
        self.isolation_level = isolation_level
        self.overwrite = overwrite
        self.write_on_commit = write_on_commit
        self.logger: Logger = logger or logging.getLogger("tidemill.transactions")
        self.state = state
        self.children = children if children is not None else []
        self.on_commit_hooks = on_commit_hooks if on_commit_hooks is not None else []
        self.on_rollback_hooks = on_rollback_hooks if on_rollback_hooks is not None else []
        self.failure: Exception | None = None
        self._staged_value: Any = None
        self.own_values: dict[str, Any] = {}
        self._parent: BaseTransaction | None = None
        self._token: Token[BaseTransaction | None] | None = None
        self._holder = f"transaction:{uuid4()}"
        self._locked = False
        self._handed_over = False

    def __repr__(self) -> str:
        return f"{type(self).__name__}(key={self.key!r}, state={self.state}, commit_mode={self.commit_mode})"

    # -- asking --------------------------------------------------------------------------------------------------

    @classmethod
    def get_active(cls) -> BaseTransaction | None:
        """The innermost transaction that is open here."""
        return _active.get()

    def get_parent(self) -> BaseTransaction | None:
        """The transaction that this one was opened in."""
        return self._parent

    def is_pending(self) -> bool:
        """Not begun."""
        return self.state is TransactionState.PENDING

    def is_active(self) -> bool:
        """Begun, nothing staged."""
        return self.state is TransactionState.ACTIVE

    def is_staged(self) -> bool:
        """Has a value that waits for the commit."""
        return self.state is TransactionState.STAGED

    def is_committed(self) -> bool:
        """Done, or found done: its key had a record when it began."""
        return self.state is TransactionState.COMMITTED

    @property
    def _named(self) -> str:
        return f"Transaction {self.key!r}" if self.key is not None else "Transaction"

    def is_rolled_back(self) -> bool:
        """Undone."""
        return self.state is TransactionState.ROLLED_BACK

    # -- values and stages ---------------------------------------------------------------------------------------

    def set(self, name: str, value: Any) -> None:
        """Remember a value for this transaction and those inside it, for hooks above all."""
        self.own_values[name] = value

    def get(self, name: str, default: Any = NotSet) -> Any:
        """A copy of a value that was set here or in an outer transaction; without a default, ValueError if none was."""
        scope: BaseTransaction | None = self
        while scope is not None:
            values = scope.own_values
            if name in values:
                return copy.deepcopy(values[name])
            scope = scope.get_parent()
        if default is not NotSet:
            return default
        known = ", ".join(sorted(self.own_values)) or "none"
        raise ValueError(f"no value {name!r} was set in this transaction or around it; set here: {known}")

    def stage(
        self,
        value: Any,
        on_rollback_hooks: list[Hook] | None = None,
        on_commit_hooks: list[Hook] | None = None,
    ) -> None:
        """Lay down the value to write at the commit, and add hooks. Does nothing once committed."""
        if self.is_committed():
            return
        self._staged_value = value
        self.on_rollback_hooks += on_rollback_hooks or []
        self.on_commit_hooks += on_commit_hooks or []
        self.state = TransactionState.STAGED

    def add_child(self, transaction: Any) -> None:
        """Take charge of a transaction: it commits and rolls back with this one."""
        self.children.append(transaction)

    def prepare_transaction(self) -> None:
        """Find the parent and what comes from it. Raises ConfigurationError when the isolation cannot be had."""
        self._parent = _active.get()
        if self.commit_mode is None:
            self.commit_mode = self._parent.commit_mode if self._parent is not None else CommitMode.LAZY
        if self.isolation_level is None:
            inherited = self._parent.isolation_level if self._parent is not None else None
            self.isolation_level = inherited or IsolationLevel.READ_COMMITTED
        if self.key is not None and self.store is None:
            from tidemill.results import get_result_store  # noqa: PLC0415 - a transaction without a key needs no store

            self.store = get_result_store()
        if self.store is not None and not self.store.supports_isolation_level(self.isolation_level):
            raise ConfigurationError(
                f"isolation level {self.isolation_level} needs a result store with a lock manager:"
                " ResultStore(lock_manager=…), or cache_policy.configure(lock_manager=…)"
            )

    # -- steps ---------------------------------------------------------------------------------------------------

    def _open(self) -> Asking[None]:
        self._enter()
        try:
            yield from self._begin()
        except BaseException:
            self._leave()
            raise

    def _begin(self) -> Asking[None]:
        self.state = TransactionState.ACTIVE
        if self.store is None or self.key is None:
            return
        if self.isolation_level is IsolationLevel.SERIALIZABLE:
            try:
                self._locked = yield Ask(self.store, "acquire_lock", (self.key, self._holder))
            except BaseException:  # it may have come between the taking and the telling
                self._locked = self.store.is_lock_holder(self.key, self._holder)
                self._unlock()
                raise
        try:
            if not self.overwrite and (yield Ask(self.store, "exists", (self.key,))):
                self.state = TransactionState.COMMITTED
        except BaseException:
            self._unlock()
            raise

    def _read(self) -> Asking[ResultRecord[Any] | None]:
        if self.store is None or self.key is None:
            return None
        try:
            record: ResultRecord[Any] = yield Ask(self.store, "read", (self.key, self._holder))
        except MissingResult:
            return None
        return record

    def _commit(self) -> Asking[bool]:
        if self.state in _DONE:
            self._unlock()
            return False
        try:
            for child in self.children:
                yield from child._commit()  # noqa: SLF001 - its own kind
                if child.is_rolled_back():
                    yield from self._rollback()
                    return False
            for hook in self.on_commit_hooks:
                yield from self._run_hook(hook, "commit")
            yield from self._write()
        except SerializationError as error:
            self.failure = error
            self.logger.warning("%s is rolled back, its value cannot be written: %s", self._named, error)
        except Exception as error:  # noqa: BLE001 - told, and kept for who waits for the commit
            self.failure = error
            self.logger.error("%s is rolled back, its commit failed: %r", self._named, error)  # noqa: TRY400 - a hook's traceback is logged where it failed
        except BaseException:  # an interrupt or a cancellation goes on, once what was done is undone
            yield from self._rollback()
            raise
        else:
            self.state = TransactionState.COMMITTED
            self._staged_value = None
            self._unlock()
            yield from self._end_late()
            return True
        yield from self._rollback()
        return False

    def _write(self) -> Asking[None]:
        if self.store is None or self.key is None or not self.write_on_commit:
            return
        from tidemill.results import ResultRecord  # noqa: PLC0415 - loaded already: there is a store

        value = self._staged_value
        if isinstance(value, ResultRecord):
            yield Ask(self.store, "persist_result_record", (value, self._holder))
        else:
            yield Ask(self.store, "write", (value,), {"key": self.key, "holder": self._holder})

    def _rollback(self) -> Asking[bool]:
        """Undo: own hooks from the last to the first, then the children likewise. A hook that fails stops nothing."""
        if self.state in _DONE:
            return False
        clean = True
        for hook in reversed(self.on_rollback_hooks):
            try:
                yield from self._run_hook(hook, "rollback")
            except Exception:  # noqa: BLE001 - logged where it was caught; what is left must still be undone
                clean = False
        self.state = TransactionState.ROLLED_BACK
        self._staged_value = None
        for child in reversed(self.children):
            undone = yield from child._rollback()  # noqa: SLF001 - its own kind
            clean = clean and (undone or child.state in _DONE)
        self._unlock()
        yield from self._end_late()
        return clean

    def _end_late(self) -> Asking[None]:
        """End what was handed over while this transaction ended: a submitted task that nobody had waited for, say."""
        for child in [each for each in self.children if each.state not in _DONE]:
            yield from child._follow()  # noqa: SLF001 - its own kind

    def _follow(self) -> Asking[None]:
        """Take the end that the parent has taken already. Whoever strikes this off its list is the one to do it."""
        parent = self._parent
        if parent is None or parent.state not in _DONE:
            return
        try:
            parent.children.remove(self)
        except ValueError:
            return
        yield from self._commit() if parent.is_committed() else self._rollback()

    def _run_hook(self, hook: Hook, hook_type: str) -> Asking[None]:
        name = getattr(hook, "__name__", None) or type(hook).__name__
        self.logger.info("%s: running %s hook %r", self._named, hook_type, name)
        try:
            yield Ask(_Call(hook), "run", (self,), async_verb="run")
        except Exception as error:
            shown = (type(error), error, without_ours(error.__traceback__))
            self.logger.exception("%s: its %s hook %r failed", self._named, hook_type, name, exc_info=shown)
            raise

    def _finish(self, error: BaseException | None) -> Asking[None]:
        """The end of the block: commit, leave it to the parent, or roll back."""
        try:
            if error is not None:
                yield from self._rollback()
            elif self.commit_mode is CommitMode.EAGER:
                yield from self._commit()
            elif self._parent is None:
                yield from self._rollback() if self.commit_mode is CommitMode.OFF else self._commit()
        finally:
            self._leave()
        if self.state not in _DONE:
            yield from self._follow()

    def _enter(self) -> None:
        if self._token is not None:
            raise RuntimeError(f"transaction {self.key!r} is open already; open another one inside it instead")
        self.prepare_transaction()
        self._token = _active.set(self)

    def _leave(self) -> None:
        """Close: hand this transaction to its parent, and give the lock back unless a commit is still to come."""
        if self._parent is not None and not self._handed_over:
            self._handed_over = True
            self._parent.add_child(self)
        if self._token is not None:
            _active.reset(self._token)
            self._token = None
        if self._parent is None or self.state in _DONE:
            self._unlock()

    def _unlock(self) -> None:
        if self._locked and self.store is not None and self.key is not None:
            self._locked = False
            self.store.release_lock(self.key, self._holder)


class _Call:
    """A hook as something that can be asked to run."""

    def __init__(self, hook: Hook) -> None:
        self.run = hook
