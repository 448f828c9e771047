"""Processes of one home must use the same kind of locks; the second kind is refused, by name and with a way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.exceptions import RecordingError
from tidemill.system.files import portable
from tidemill.system.other_locks import held_by_other_kind

if TYPE_CHECKING:
    from pathlib import Path

    from tidemill.system.clock import Clock


def refuse_other_kind(journal: Path, clock: Clock | None = None) -> None:
    """Raise RecordingError if a living process holds this journal by the kind of lock that this process does not use.

    Neither would see the other's locks: each would take the other's runs for those of a dead process.
    """
    try:
        who = held_by_other_kind(journal, clock)
    except OSError:  # it cannot be opened, so nobody of this user keeps it; who looks for orphans says so
        return
    if who is None:
        return
    theirs, ours = ("0", "1") if portable() else ("1", "0")
    raise RecordingError(
        f"The home {journal.parent.parent} is in use by {who} with TIDEMILL_PORTABLE={theirs}; here it is {ours}. "
        "Their locks do not see each other, so all processes of a home must agree: set "
        f"TIDEMILL_PORTABLE={theirs} here too, or end that process first, or use another home (TIDEMILL_HOME)"
        + ("" if portable() else ". If that process is long gone, delete the file that names it")
    )
