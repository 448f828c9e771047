"""What every side of the store stands on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tidemill.store.session import Connections


class Access:
    """A side of the store. A method is one transaction, unless it says that it reads in pages."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
