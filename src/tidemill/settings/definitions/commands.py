"""The command line, and its reporting of what goes on."""

from __future__ import annotations

from tidemill.settings.declare import Group, setting


class CLISettings(Group):
    """How commands look and whether they ask."""

    colors: bool = setting(True, "colours on a terminal; NO_COLOR turns them off too")
    prompt: bool | None = setting(None, "ask questions; unset, only on a terminal")
    wrap_lines: bool = setting(True, "break long lines at the width of the terminal")


class ExperimentsSettings(Group):
    """Features that may still change."""

    warn: bool = setting(True, "warn when such a feature is used", aliases=("EXPERIMENTAL_WARN",))


class TelemetrySettings(Group):
    """Figures about this process, kept with its runs; nothing leaves your own server."""

    enable_resource_metrics: bool = setting(True, "record memory and CPU of a run's process")
    resource_metrics_interval_seconds: int = setting(10, "how often", unit="seconds", at_least=1)
