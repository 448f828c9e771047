"""The journal: how much a run waits for, and how long things are kept."""

from __future__ import annotations

from tidemill.settings.declare import Group, setting


class JournalSettings(Group):
    """The journal files in the home."""

    roll_bytes: int = setting(
        16_777_216, "a journal that has grown past this gives way to a new one between runs", unit="bytes", above=0
    )
    keep_seconds: float = setting(
        900.0,
        "how long a journal stays after its last run ended, in case a restored server asks again",
        unit="seconds",
        at_least=0,
    )
