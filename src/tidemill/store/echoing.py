"""Every statement told to the log, for whoever looks into what a server asks of its database."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from tidemill.store.session import Connections

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager

    from tidemill.store.session import Answer, Session, Transaction
    from tidemill.store.store import Store
    from tidemill.store.watching import Watch

logger = logging.getLogger("tidemill.store.statements")

S = TypeVar("S", bound="Store")


def echoing(store: S) -> S:
    """The same store, whose statements are logged (INFO) when they are said; what is bound is not: it may be secret."""
    logger.setLevel(logging.INFO)  # asked for in words, whatever the level of the rest
    return type(store)(_EchoingConnections(store._connections))  # noqa: SLF001 - the store's own inside


class _EchoingConnections(Connections):
    def __init__(self, heard: Connections) -> None:
        super().__init__()
        self._heard = heard
        self.where = heard.where

    @contextmanager
    def _transaction(self) -> Iterator[Transaction]:
        with self._heard._transaction() as session:  # noqa: SLF001 - it stands for them
            yield _EchoingTransaction(session)

    @contextmanager
    def _snapshot(self) -> Iterator[Session]:
        with self._heard._snapshot() as session:  # noqa: SLF001 - as above
            yield _EchoingSession(session)

    def _speaking(self) -> AbstractContextManager[None]:
        return self._heard._speaking()  # noqa: SLF001 - as above

    def watch(self) -> Watch:
        return self._heard.watch()

    def close(self) -> None:
        self._heard.close()


class _EchoingSession:
    def __init__(self, heard: Session) -> None:
        self._heard = heard
        self.changes = heard.changes

    def execute(self, sql: str, bindings: Any = None) -> Answer:
        logger.info("%s", _in_a_line(sql))
        return self._heard.execute(sql, bindings)

    def tell(self, sql: str, bindings: Any = None) -> object:
        logger.info("%s", _in_a_line(sql))
        return self._heard.tell(sql, bindings)

    def executemany(self, sql: str, many: Iterable[Any]) -> object:
        logger.info("many times: %s", _in_a_line(sql))
        return self._heard.executemany(sql, many)


class _EchoingTransaction(_EchoingSession):
    def __init__(self, heard: Transaction) -> None:
        super().__init__(heard)
        self.written = heard.written


def _in_a_line(sql: str) -> str:
    return " ".join(sql.split())
