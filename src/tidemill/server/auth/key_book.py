"""The keys that are in use, at hand without a question to the store for each request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

if TYPE_CHECKING:
    from tidemill.domain.api_keys import ApiKey
    from tidemill.domain.permissions import Actor

#: A key that was revoked elsewhere opens nothing after a second.
BELIEVED_US: Final = 1_000_000
_MOST: Final = 4096


class KeySource(Protocol):
    """Where keys are kept: a store."""

    def api_key(self, key_id: str) -> ApiKey | None:
        """By id, revoked or not."""
        ...

    def any_api_key(self) -> bool:
        """Whether there is a key that was not revoked."""
        ...


class NotAtHandError(Exception):
    """The store has to be asked first."""


class Keys(Protocol):
    """What the guard asks of keys."""

    def find(self, key_id: str, now: int) -> Known | None:
        """The key of this id."""
        ...

    def some(self, now: int) -> bool:
        """Whether anybody was given a key that was not revoked since."""
        ...

    def note_use(self, key_id: str, now: int) -> None:
        """Remember that a key was used."""
        ...

    def at_hand(self) -> Keys:
        """The same as far as it is known without asking the store, else NotAtHandError is raised."""
        ...


class Known(NamedTuple):
    """A key, who asks with it, and when the store said so."""

    key: ApiKey
    actor: Actor
    read_us: int


class KeyBook:
    """What the store said of keys within the last second. Any thread may use it.

    A key that is not there is not remembered as that: guesses fill no memory, and a new key works at once. That there
    are none at all is believed for a second, since every request of a server without keys asks for it.
    """

    def __init__(self, source: KeySource) -> None:
        self._source = source
        self._known: dict[str, Known] = {}
        self._some_at: int | None = None
        self._some = False
        self._uses: dict[str, int] = {}

    def find(self, key_id: str, now: int) -> Known | None:
        """The key of this id."""
        known = self.believed(key_id, now)
        if known is not None:
            return known
        found = self._source.api_key(key_id)
        if found is None:
            self._known.pop(key_id, None)
            return None
        if len(self._known) >= _MOST:
            self._known.clear()
        known = self._known[key_id] = Known(found, found.actor(), now)
        return known

    def some(self, now: int) -> bool:
        """Whether anybody was given a key that was not revoked since."""
        some = self.believed_some(now)
        if some is None:
            some = self._some = self._source.any_api_key()
            self._some_at = now
        return some

    def believed(self, key_id: str, now: int) -> Known | None:
        """The key of this id, where the store said so within the last second."""
        known = self._known.get(key_id)
        return known if known is not None and abs(now - known.read_us) < BELIEVED_US else None

    def believed_some(self, now: int) -> bool | None:
        """As ``some``; None where the store was not asked within the last second."""
        return None if self._some_at is None or abs(now - self._some_at) >= BELIEVED_US else self._some

    def note_use(self, key_id: str, now: int) -> None:
        """Remember that a key was used; ``take_uses`` hands it on."""
        self._uses[key_id] = now

    def take_uses(self) -> dict[str, int]:
        """When each key was last used, since this was asked before; ``KeyUses`` writes it down."""
        uses, self._uses = self._uses, {}
        return uses

    def at_hand(self) -> Keys:
        """What is believed; the store is not asked, so whoever must not wait may ask it."""
        return _AtHand(self)

    def forget(self) -> None:
        """Ask anew: a key was made or revoked here."""
        self._known.clear()
        self._some_at = None


class _AtHand:
    """A book that is not written in."""

    def __init__(self, book: KeyBook) -> None:
        self._book = book

    def find(self, key_id: str, now: int) -> Known:
        known = self._book.believed(key_id, now)
        if known is None:
            raise NotAtHandError
        return known

    def some(self, now: int) -> bool:
        some = self._book.believed_some(now)
        if some is None:
            raise NotAtHandError
        return some

    def note_use(self, key_id: str, now: int) -> None:
        self._book.note_use(key_id, now)

    def at_hand(self) -> Keys:
        return self
