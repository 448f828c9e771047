"""What a store's SQL is spoken through, whichever database hears it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import contextmanager, nullcontext
from threading import local
from typing import TYPE_CHECKING, Any, Final, Protocol

from tidemill.store.foreseen import Foreseen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager

    from tidemill.store.watching import Watch


#: The words around what is undone by itself within a transaction; a part may have parts.
BEGIN_PART: Final = "SAVEPOINT part"
END_PART: Final = "RELEASE SAVEPOINT part"
_UNDO_PART: Final = "ROLLBACK TO SAVEPOINT part"


class Answer(Protocol):
    """What came of a statement."""

    def fetchall(self) -> list[Any]:
        """The rows, as tuples."""
        ...


class Asked(Protocol):
    """Whoever statements are put to."""

    def execute(self, sql: str, bindings: Any = None) -> Answer:
        """Run a statement. ``bindings``: a sequence for ``?``, a mapping for ``:name``."""
        ...


class Session(Asked, Protocol):
    """A transaction under way. SQL is written for both databases: see ``portable``."""

    def tell(self, sql: str, bindings: Any = None) -> object:
        """Run a statement whose answer nobody needs: now, or with the next, which then says what is wrong."""
        ...

    def executemany(self, sql: str, many: Iterable[Any]) -> object:
        """Run a statement once for each set of bindings."""
        ...

    def changes(self) -> int:
        """How many rows the statement before this changed."""
        ...


class Transaction(Session, Protocol):
    """A session that may write."""

    def written(self) -> int | None:
        """Grows with what is written; None where the transaction takes nothing more."""
        ...


class Connections(ABC):
    """A database's connections: one transaction at a time writes in a thread, any number read.

    Within ``together`` all that the thread does, in whatever methods of the store, is one transaction, and reads see
    what was written in it. Who catches an error of the store there, and goes on, makes what failed a ``together`` of
    its own: else half of it may stay.
    """

    where: str

    def __init__(self) -> None:
        self._here = local()

    @abstractmethod
    def _transaction(self) -> AbstractContextManager[Transaction]:
        """Write: committed at the end, undone when it fails."""

    @abstractmethod
    def _snapshot(self) -> AbstractContextManager[Session]:
        """Only read: each statement sees what was committed before it began."""

    @abstractmethod
    def _speaking(self) -> AbstractContextManager[None]:
        """Turn the database's complaints into the store's errors."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the database. Nothing is pending."""

    @abstractmethod
    def watch(self) -> Watch:
        """What notices that somebody wrote."""

    def writing(self) -> AbstractContextManager[Session]:
        """One transaction, or a part of the one that is under way in this thread."""
        here: Session | None = getattr(self._here, "session", None)
        return self._transaction() if here is None else nullcontext(here)

    def reading(self) -> AbstractContextManager[Session]:
        """For queries alone."""
        here: Session | None = getattr(self._here, "session", None)
        return self._snapshot() if here is None else nullcontext(here)

    @property
    def foreseen(self) -> Foreseen:
        """What this thread's transaction asked in advance; nothing outside ``together``."""
        found: Foreseen | None = getattr(self._here, "foreseen", None)
        return Foreseen() if found is None else found

    def written(self) -> int | None:
        """Grows with what this thread writes within ``together``; None where that can only be undone by now."""
        here: Transaction | None = getattr(self._here, "session", None)
        return None if here is None else here.written()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Make one transaction of all that this thread does within. Within another: undone by itself when it fails."""
        here: Session | None = getattr(self._here, "session", None)
        if here is not None:
            try:
                with self._speaking(), _part_of(here):
                    yield
            except BaseException:
                self.foreseen.forget()
                raise
            return
        with self._transaction() as session:
            self._here.session, self._here.foreseen = session, Foreseen()
            try:
                yield
            finally:
                self._here.session = self._here.foreseen = None


@contextmanager
def _part_of(session: Session) -> Iterator[None]:
    session.execute(BEGIN_PART)
    try:
        yield
        session.execute(END_PART)
    except BaseException as error:
        try:
            session.execute(_UNDO_PART)
            session.execute(END_PART)
        except Exception:  # noqa: BLE001 - the transaction is gone as a whole, and why is what the first error says
            raise error from None
        raise
