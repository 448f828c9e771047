"""Setting logging up when the first run begins, beside whatever the user has set up.

Ours are the handlers of loggers below ``tidemill`` and of the extra loggers. The root logger is left alone; where it
writes to the console already, we do not write there a second time.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from copy import deepcopy
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from tidemill.exceptions import ConfigurationError
from tidemill.logging.choices import LoggingChoices, choices_of
from tidemill.logging.redaction import keep_secret
from tidemill.settings import get_current_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = [
    "DEFAULT_LOGGING_SETTINGS_PATH",
    "PROCESS_LOGGING_CONFIG",
    "ensure_logging_setup",
    "load_logging_config",
    "setup_logging",
    "to_envvar",
]

#: Our set-up as a file, to begin one's own from. Runs do not read it: ``default_config`` says the same.
DEFAULT_LOGGING_SETTINGS_PATH: Final = Path(__file__).with_name("logging.toml")
#: The configuration that this process runs with; empty until logging is set up.
PROCESS_LOGGING_CONFIG: Final[dict[str, Any]] = {}
#: From a path in the configuration to its part of a variable's name: "handlers.console" gives "handlers_console".
to_envvar: Final = partial(re.compile(r"[^0-9a-zA-Z]+").sub, "_")

_TEMPLATE: Final = re.compile(r"\$\{?(TIDEMILL_[A-Z_]+)\}?")
_LINE: Final = "%(asctime)s.%(msecs)03d | %(levelname)-7s | "
_setting_up = Lock()


def default_config(choices: LoggingChoices) -> dict[str, Any]:
    """Our set-up in the form of ``logging.config``; what a file of the user's is written after."""
    console = ["console"]
    kept = ["api"] if choices.record else []
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "simple": {"format": "%(asctime)s.%(msecs)03d | %(message)s", "datefmt": "%H:%M:%S"},
            "standard": {
                "()": "tidemill.logging.formatters.TidemillFormatter",
                "format": f"{_LINE}%(name)s - %(message)s",
                "flow_run_fmt": f"{_LINE}Flow run %(flow_run_name)r - %(message)s",
                "task_run_fmt": f"{_LINE}Task run %(task_run_name)r - %(message)s",
                "datefmt": "%H:%M:%S",
            },
            "debug": {"format": f"{_LINE}%(threadName)-12s | %(name)s - %(message)s", "datefmt": "%H:%M:%S"},
            "json": {"()": "tidemill.logging.formatters.JsonFormatter", "fmt": "default"},
        },
        "handlers": {
            "console": {
                "level": 0,
                "class": "tidemill.logging.handlers.TidemillConsoleHandler",
                "formatter": "standard",
                "colors": choices.colors,
                "markup": choices.markup,
            },
            "api": {
                "level": 0,
                "class": "tidemill.logging.handlers.APILogHandler",
                "max_log_size": choices.max_log_size,
                "when_missing_flow": choices.when_missing_flow,
            },
            "engine_api": {
                "level": 0,
                "class": "tidemill.logging.handlers.APILogHandler",
                "max_log_size": choices.max_log_size,
                "when_missing_flow": "ignore",
            },
        },
        "loggers": {
            "tidemill": {"level": choices.level, "handlers": console},
            "tidemill.extra": {"level": choices.level, "handlers": [*console, *kept]},
            "tidemill.flow_runs": {"level": "NOTSET", "handlers": kept},
            "tidemill.task_runs": {"level": "NOTSET", "handlers": kept},
            "tidemill.engine": {"level": "NOTSET", "handlers": ["engine_api"] if choices.record else []},
            "tidemill.server": {"level": choices.server_level},
        },
    }


def ensure_logging_setup() -> None:
    """Set logging up unless that was done; every run begins with this."""
    if not PROCESS_LOGGING_CONFIG:
        setup_logging()


def setup_logging(incremental: bool | None = None) -> dict[str, Any]:
    """Set logging up by the settings, the user's file and ``TIDEMILL_LOGGING_…`` variables; gives what was set up.

    Done before, it only changes levels (``incremental``), unless told otherwise. Raises ConfigurationError for a file
    or a variable that makes no sense.
    """
    with _setting_up:
        choices = choices_of(get_current_settings())
        keep_secret(choices.secrets)
        config = _config(choices)
        if bool(PROCESS_LOGGING_CONFIG) if incremental is None else incremental:
            config["incremental"] = True
        _apply(config, choices)
        PROCESS_LOGGING_CONFIG.clear()
        PROCESS_LOGGING_CONFIG.update(config)
        return config


def load_logging_config(path: Path) -> dict[str, Any]:
    """A configuration from a TOML, JSON or (with PyYAML) YAML file, with ``${TIDEMILL_…}`` and variables put in.

    Raises ConfigurationError if the file cannot be read.
    """
    return overridden(_filled(_read(path), os.environ), os.environ)


def _config(choices: LoggingChoices) -> dict[str, Any]:
    if choices.config_path is not None:
        return load_logging_config(choices.config_path)
    return overridden(default_config(choices), os.environ)


def _read(path: Path) -> dict[str, Any]:
    import msgspec  # noqa: PLC0415 - with the readers below, for those who have a file

    readers: dict[str, Callable[[bytes], Any]] = {
        ".toml": msgspec.toml.decode,
        ".json": msgspec.json.decode,
        ".yml": _yaml,
        ".yaml": _yaml,
    }
    reader = readers.get(path.suffix.lower(), _yaml)
    try:
        config = reader(path.read_bytes())
    except ImportError as error:
        raise ConfigurationError(
            f"{path} is YAML, which needs PyYAML: pip install pyyaml, or write the file as .toml or .json"
        ) from error
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"The logging configuration {path} cannot be read: {error}") from error
    if not isinstance(config, dict):
        raise ConfigurationError(f"The logging configuration {path} is no table of version, handlers, loggers …")
    return config


def _yaml(content: bytes) -> Any:
    import yaml  # type: ignore[import-untyped,import-not-found,unused-ignore] # noqa: PLC0415 - not everybody has it

    try:
        return yaml.safe_load(content)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error


def _filled(value: Any, environ: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _filled(item, environ) for name, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, environ) for item in value]
    if not isinstance(value, str) or "$" not in value:
        return value
    choices = choices_of(get_current_settings())
    known = {
        "TIDEMILL_LOGGING_LEVEL": choices.level,
        "TIDEMILL_SERVER_LOGGING_LEVEL": choices.server_level,
        "TIDEMILL_INTERNAL_LOGGING_LEVEL": choices.internal_level,
    }
    return _TEMPLATE.sub(lambda found: str(known.get(found[1]) or environ.get(found[1], found[0])), value)


def overridden(config: dict[str, Any], environ: Mapping[str, str], path: str = "TIDEMILL_LOGGING") -> dict[str, Any]:
    """The configuration with ``TIDEMILL_LOGGING_PATH_TO_KEY`` in place of what stands there; lists take commas."""
    chosen = deepcopy(config)
    for key, value in config.items():
        name = f"{path}_{to_envvar(str(key))}".upper()
        if isinstance(value, dict):
            chosen[key] = overridden(value, environ, name)
        elif environ.get(name):
            chosen[key] = _as(value, environ[name], name)
    return chosen


def _as(value: Any, said: str, name: str) -> Any:
    if isinstance(value, list):
        return [item.strip() for item in said.split(",") if item.strip()]
    if isinstance(value, bool):
        return said.strip().lower() in {"1", "true", "yes", "on"}
    if isinstance(value, int) and not name.endswith("_LEVEL"):
        try:
            return int(said)
        except ValueError as error:
            raise ConfigurationError(f"expected {name} to be a number, got {said!r}") from error
    return int(said) if said.isdecimal() else said


def _apply(config: dict[str, Any], choices: LoggingChoices) -> None:
    from tidemill.logging.applying import Additive  # noqa: PLC0415 - loads logging.config, at the first run

    chosen = deepcopy(config)
    if console_is_taken():
        for logger in chosen.get("loggers", {}).values():
            logger["handlers"] = [name for name in logger.get("handlers", []) if name != "console"]
    try:
        Additive(chosen).configure(choices.extra_loggers)
    except (ValueError, TypeError, AttributeError, ImportError) as error:
        where = choices.config_path or "of TIDEMILL_LOGGING_… variables"
        raise ConfigurationError(
            f"The logging configuration {where} does not hold: {error}{_because(error)}"
        ) from error


def _because(error: BaseException) -> str:
    return f" ({error.__cause__})" if error.__cause__ is not None else ""


def console_is_taken() -> bool:
    """Whether the user's own set-up shows every line on the console already."""
    return any(
        isinstance(handler, logging.StreamHandler) and getattr(handler, "stream", None) in (sys.stderr, sys.stdout)
        for handler in logging.getLogger().handlers
    )
