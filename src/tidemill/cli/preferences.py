"""What the user said about commands themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tidemill.settings.definitions.commands import CLISettings


def preferences() -> CLISettings | None:
    """The settings of the command line; ``None`` where settings are wrong, which the command may be there to mend."""
    from tidemill.exceptions import SetupError  # noqa: PLC0415 - only commands that draw or ask
    from tidemill.settings import get_current_settings  # noqa: PLC0415 - only commands that draw or ask

    try:
        return get_current_settings().cli
    except SetupError:
        return None
