"""Logs: what is written, how it looks, and what is kept with the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.settings.declare import BelowHome, Group, group, setting

if TYPE_CHECKING:
    from pathlib import Path

    from tidemill.settings.kinds import LogLevel, MissingFlow, Strings


class LoggingToAPISettings(Group):
    """Log lines recorded with their run."""

    enabled: bool = setting(True, "record log lines with the run")
    batch_interval: float = setting(
        2.0, "longest wait of a line before it is sent to a server", unit="seconds", above=0
    )
    batch_size: int = setting(4_000_000, "largest batch sent to a server", unit="bytes", above=0)
    max_log_size: int = setting(1_000_000, "longest line kept; longer ones are cut", unit="bytes", above=0)
    when_missing_flow: MissingFlow = setting("warn", "what a run logger outside of a run does")


class LoggingSettings(Group):
    """Logging of runs and of tidemill itself."""

    level: LogLevel = setting("INFO", "least level written")
    config_path: Path = setting(
        BelowHome("logging.yml"),
        "your own logging configuration, used when it exists",
        aliases=("LOGGING_SETTINGS_PATH",),
    )
    extra_loggers: Strings = setting((), "loggers of libraries whose lines are recorded with the run too")
    log_prints: bool = setting(False, "record what flows and tasks print, unless they say otherwise")
    colors: bool = setting(True, "colours in log lines on a terminal")
    markup: bool = setting(False, "read [bold] and the like in log messages; a message with brackets may lose them")
    to_api: LoggingToAPISettings = group(LoggingToAPISettings)


class InternalSettings(Group):
    """For those who work on tidemill."""

    logging_level: LogLevel = setting(
        "ERROR", "least level of tidemill's own inner lines", aliases=("LOGGING_INTERNAL_LEVEL",)
    )
