"""Applying a logging configuration without taking anything away from what is there.

``logging.config.dictConfig`` closes every handler of the process first, the user's own included; this does not.
"""

from __future__ import annotations

import logging
from logging.config import DictConfigurator
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_EXTRA: Final = "tidemill.extra"
#: What the names of handlers begin with that a set-up of ours has made.
_OURS: Final = "tidemill."


class Additive(DictConfigurator):
    """Configures the loggers that the configuration names, and no other."""

    def configure(self, extra_loggers: Iterable[str] = ()) -> None:
        """Do it; the extra loggers get what ``tidemill.extra`` has."""
        config: Any = self.config
        incremental = config.get("incremental", False)
        if not incremental:
            formatters = config.get("formatters", {})
            for name in formatters:
                formatters[name] = self.configure_formatter(formatters[name])
            filters = config.get("filters", {})
            for name in filters:
                filters[name] = self.configure_filter(filters[name])
            self._configure_handlers(config.get("handlers", {}))
        for name, logger in config.get("loggers", {}).items():
            self.configure_logger(name, logger, incremental)
        if "root" in config:
            self.configure_root(config["root"], incremental)
        for name in extra_loggers:
            _join_in(logging.getLogger(name), logging.getLogger(_EXTRA))

    def common_logger_config(self, logger: Any, config: Any, incremental: bool = False) -> None:
        """Level, filters and handlers; of the handlers there are, only ours make way."""
        if config.get("level") is not None:
            logger.setLevel(config["level"])
        if incremental:
            return
        for handler in [handler for handler in logger.handlers if (handler.name or "").startswith(_OURS)]:
            logger.removeHandler(handler)
        self.add_filters(logger, config.get("filters", ()))
        self.add_handlers(logger, config.get("handlers", ()))

    def _configure_handlers(self, handlers: Any) -> None:
        waiting: list[str] = []
        for name in sorted(handlers):
            try:
                handlers[name] = self._named(name, handlers[name])
            except ValueError as error:
                if "target not configured yet" not in str(error.__cause__):  # a handler for another handler, further on
                    raise
                waiting.append(name)
        for name in waiting:
            handlers[name] = self._named(name, handlers[name])

    def _named(self, name: str, handler: Any) -> logging.Handler:
        made: logging.Handler = self.configure_handler(handler)
        made.name = _OURS + name
        return made


def _join_in(logger: logging.Logger, pattern: logging.Logger) -> None:
    """Give a logger the handlers of another, but none that its lines reach already."""
    reached = _reached(logger)
    for handler in pattern.handlers:
        if handler not in reached:
            logger.addHandler(handler)
    if logger.level == logging.NOTSET:
        logger.setLevel(pattern.level)


def _reached(logger: logging.Logger) -> list[logging.Handler]:
    reached: list[logging.Handler] = []
    here: logging.Logger | None = logger
    while here is not None:
        reached += here.handlers
        here = here.parent if here.propagate else None
    return reached
