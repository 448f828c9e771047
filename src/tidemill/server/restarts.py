"""When a process of a server that died is made again: at once, later each time that it dies soon, and when never."""

from __future__ import annotations

from typing import Final

#: A process that dies this soon, or before it answered, is not made again at once.
SOON_SECONDS: Final = 5.0
#: What is waited before each of those that follow, and from then on.
WAITS_SECONDS: Final = (0.0, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
#: So often in a row a reason that will not pass is taken for one that may: somebody may be mending it.
HOPELESS_IN_A_ROW: Final = 5


class Restarts:
    """Of one process, in the order in which it died."""

    def __init__(self) -> None:
        self._soon = 0
        self._hopeless = 0

    def wait(self, lived_seconds: float, *, answered: bool, hopeless: bool) -> float | None:
        """For how many seconds to wait before it is made again; None: not any more.

        ``hopeless``: it died of what stays as it is, such as its configuration.
        """
        soon = not answered or lived_seconds < SOON_SECONDS
        self._soon = self._soon + 1 if soon else 0
        self._hopeless = self._hopeless + 1 if hopeless else 0
        if self._hopeless >= HOPELESS_IN_A_ROW:
            return None
        return WAITS_SECONDS[min(max(self._soon - 1, 0), len(WAITS_SECONDS) - 1)]
