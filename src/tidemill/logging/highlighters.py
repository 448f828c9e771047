"""What rich may pick out of a log line, for consoles that are set up with a highlighter. Loads rich."""

from __future__ import annotations

from rich.highlighter import RegexHighlighter

__all__ = ["LevelHighlighter", "NameHighlighter", "StateHighlighter", "TidemillConsoleHighlighter", "UrlHighlighter"]

_LEVELS = [rf"(?P<{level.lower()}_level>\b{level}\b)" for level in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")]
_URLS = [
    r"(?P<local_url>https?://(?:localhost|127\.0\.0\.1|\[::1\]|0\.0\.0\.0)[^\s'\"<>]*)",
    r"(?P<web_url>https?://(?!localhost|127\.0\.0\.1|\[::1\]|0\.0\.0\.0)[^\s'\"<>]+)",
]
_NAMES = [
    r"(?i)\bflow run (?P<flow_run_name>'[^']*')",
    r"(?i)\btask run (?P<task_run_name>'[^']*')",
    r"(?i)(?<!\w)(?:of|for) flow (?P<flow_name>'[^']*')",
]
_STATES = [
    rf"(?P<{state.lower()}_state>\b{state}\b)" for state in ("Completed", "Cancelled", "Failed", "Crashed", "Cached")
]


class LevelHighlighter(RegexHighlighter):
    """Levels."""

    base_style = "log."
    highlights = _LEVELS


class UrlHighlighter(RegexHighlighter):
    """Addresses, those of this machine apart."""

    base_style = "url."
    highlights = _URLS


class NameHighlighter(RegexHighlighter):
    """Names of flows and runs."""

    base_style = "name."
    highlights = _NAMES


class StateHighlighter(RegexHighlighter):
    """Names of final states."""

    base_style = "state."
    highlights = _STATES


_ALL = [*_LEVELS, *_URLS, *_NAMES, *_STATES]


class TidemillConsoleHighlighter(RegexHighlighter):
    """All of these, under one name of style: ``log.``."""

    base_style = "log."
    highlights = _ALL
