"""What everything live works with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tidemill.server.gate import Gate
    from tidemill.server.live.feeds import Feeds
    from tidemill.server.work import Work
    from tidemill.settings import Settings
    from tidemill.store.store import Store
    from tidemill.system.clock import Clock


@dataclass(frozen=True)
class Live:
    """A server's, for one event loop."""

    store: Store
    clock: Clock
    settings: Settings
    work: Work
    feeds: Feeds
    gate: Gate
