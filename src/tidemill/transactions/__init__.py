"""Work that counts as a whole or is undone as a whole.

A transaction stages a value and hooks. When it commits, the value is written under its key and the commit hooks run;
when something raises within it, the rollback hooks run instead, last first. A transaction inside another commits and
rolls back with it.

    with transaction(key="load-2026-01") as txn:
        txn.stage(rows, on_rollback_hooks=[delete_rows])

The steps are written once, as generators; `Transaction` performs them by calling and `AsyncTransaction` by awaiting.
"""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, Self

from tidemill.results.isolation import IsolationLevel
from tidemill.system.asking import adrive, drive
from tidemill.transactions.base import BaseTransaction, get_transaction
from tidemill.transactions.modes import CommitMode, NotSet, TransactionState

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from types import TracebackType

    from tidemill.results import ResultRecord, ResultStore
    from tidemill.transactions.base import Hook, Logger

__all__ = [
    "AsyncTransaction",
    "BaseTransaction",
    "CommitMode",
    "IsolationLevel",
    "NotSet",
    "Transaction",
    "TransactionState",
    "atransaction",
    "get_transaction",
    "transaction",
]


class Transaction(BaseTransaction):
    """A transaction for sync code; its hooks may be sync or async."""

    def __enter__(self) -> Self:
        """Open, and begin."""
        drive(self._open())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Commit or roll back, and close."""
        drive(self._finish(error))

    def begin(self) -> None:
        """Take the lock that the isolation asks for, and look whether the key has a record already."""
        drive(self._begin())

    def read(self) -> ResultRecord[Any] | None:
        """The record under the key; None when there is none."""
        return drive(self._read())

    def commit(self) -> bool:
        """Commit the children, run the commit hooks, write the value. False, once rolled back, when any of it fails."""
        return drive(self._commit())

    def rollback(self) -> bool:
        """Run the rollback hooks, last first, then the children's. False when done before, or when a hook failed."""
        return drive(self._rollback())

    def reset(self) -> None:
        """Close: the parent takes charge of it."""
        self._leave()

    def run_hook(self, hook: Hook, hook_type: str) -> None:
        """Run a hook; its failure is logged and raised."""
        drive(self._run_hook(hook, hook_type))


class AsyncTransaction(BaseTransaction):
    """A transaction for async code; its hooks may be sync or async."""

    async def __aenter__(self) -> Self:
        """Open, and begin."""
        await adrive(self._open())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Commit or roll back, and close."""
        await adrive(self._finish(error))

    async def begin(self) -> None:
        """Take the lock that the isolation asks for, and look whether the key has a record already."""
        await adrive(self._begin())

    async def read(self) -> ResultRecord[Any] | None:
        """The record under the key; None when there is none."""
        return await adrive(self._read())

    async def commit(self) -> bool:
        """Commit the children, run the commit hooks, write the value. False, once rolled back, when any of it fails."""
        return await adrive(self._commit())

    async def rollback(self) -> bool:
        """Run the rollback hooks, last first, then the children's. False when done before, or when a hook failed."""
        return await adrive(self._rollback())

    async def reset(self) -> None:
        """Close: the parent takes charge of it."""
        self._leave()

    async def run_hook(self, hook: Hook, hook_type: str) -> None:
        """Run a hook; its failure is logged and raised."""
        await adrive(self._run_hook(hook, hook_type))


@contextmanager
def transaction(
    key: str | None = None,
    store: ResultStore | None = None,
    commit_mode: CommitMode | None = None,
    isolation_level: IsolationLevel | None = None,
    overwrite: bool = False,
    write_on_commit: bool = True,
    logger: Logger | None = None,
) -> Iterator[Transaction]:
    """Open a transaction around the block.

    With a ``key``, the staged value is written under it to ``store`` (default: the run's), and a key that has a record
    opens as committed unless ``overwrite``. ``commit_mode`` and ``isolation_level`` come from the outer transaction,
    else LAZY and READ_COMMITTED. What the block raises rolls it back and goes on.
    """
    with Transaction(
        key=key,
        store=store,
        commit_mode=commit_mode,
        isolation_level=isolation_level,
        overwrite=overwrite,
        write_on_commit=write_on_commit,
        logger=logger,
    ) as opened:
        yield opened


@asynccontextmanager
async def atransaction(
    key: str | None = None,
    store: ResultStore | None = None,
    commit_mode: CommitMode | None = None,
    isolation_level: IsolationLevel | None = None,
    overwrite: bool = False,
    write_on_commit: bool = True,
    logger: Logger | None = None,
) -> AsyncIterator[AsyncTransaction]:
    """`transaction` for async code."""
    async with AsyncTransaction(
        key=key,
        store=store,
        commit_mode=commit_mode,
        isolation_level=isolation_level,
        overwrite=overwrite,
        write_on_commit=write_on_commit,
        logger=logger,
    ) as opened:
        yield opened
