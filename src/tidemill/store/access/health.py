"""Whether the database answers."""

from __future__ import annotations

from tidemill.store.access.base import Access
from tidemill.store.asking import scalar


class Health(Access):
    """Looking whether the store is well."""

    def check_answers(self) -> None:
        """Read something. Raises StoreError where that cannot be done."""
        with self._connections.reading() as session:
            scalar(session, "SELECT id FROM workspace LIMIT 1")
