"""All commands, and where each lives. To add one, add its line here and a module beside this one.

Nothing is imported for ``tidemill --help``: name, second names and summary stand in the table.
"""

from __future__ import annotations

from typing import Final

from tidemill.cli.lazy import Entry

COMMANDS: Final = (
    Entry("config", "tidemill.cli.config:config", "Read and change settings."),
    Entry("profile", "tidemill.cli.profile:profile", "Keep sets of settings under names.", also=("profiles",)),
    Entry("version", "tidemill.cli.version:version", "Show what is installed and where runs are recorded."),
)
