"""Slots that nobody has any more are given back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.server.services.service import Pass, Service

if TYPE_CHECKING:
    from tidemill.settings import Settings


class Repossessor(Service):
    """Deletes the rows of slots whose lease ran out, and of those held by runs that are over.

    The first count no more in any case; the second would be missed by others until their lease ran out.
    """

    name = "repossessor"

    def __init__(self, settings: Settings) -> None:
        said = settings.server.services.repossessor
        super().__init__(interval=said.loop_seconds, enabled=said.enabled)

    def run_once(self, turn: Pass) -> int | None:
        """Look whether there are any first: mostly there are none."""
        if turn.store.has_slots_to_give_back(turn.now):
            turn.write(lambda: turn.store.give_slots_back(turn.now))
        return None
