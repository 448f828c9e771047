"""What the parts of one transaction ask, asked for many of them at once.

A question costs little beside the way to the database and back. So who puts many parts together in a transaction says
in advance which flow runs they will move, and how those stand is loaded by one statement; likewise what several parts
ask alike is kept for the next. All of that holds until somebody writes of whom it is not known what.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tidemill.store.judged_flow_runs import Standing


class Foreseen:
    """Of one transaction; of none, what is kept here is never asked for."""

    __slots__ = ("flow_labels", "standings")

    def __init__(self) -> None:
        #: Of flow runs that will be moved, by id, held for the transaction. Who moves one takes its standing away.
        self.standings: dict[str, Standing] = {}
        #: Of flows, by id, as JSON.
        self.flow_labels: dict[str, str] = {}

    def forget(self) -> None:
        """Whatever it is may be different by now."""
        self.standings.clear()
        self.flow_labels.clear()
