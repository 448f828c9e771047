"""What a user may choose about logs: read from the environment, once per set-up."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from tidemill.exceptions import ConfigurationError
from tidemill.results.defaults import default_home
from tidemill.suggestions import did_you_mean, one_of

if TYPE_CHECKING:
    from collections.abc import Mapping

LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
MISSING_FLOW: Final = ("warn", "error", "ignore")
_YES: Final = frozenset({"1", "true", "t", "yes", "y", "on"})
_NO: Final = frozenset({"0", "false", "f", "no", "n", "off"})
_SECRET_VARIABLES: Final = ("TIDEMILL_API_KEY", "TIDEMILL_API_AUTH_STRING", "TIDEMILL_SERVER_API_AUTH_STRING")


class LoggingChoices(msgspec.Struct, frozen=True, kw_only=True):
    """Choices about logs. Each is the variable ``TIDEMILL_LOGGING_…`` of the same name unless said otherwise.

    Attributes:
        level: of tidemill's own loggers, the runs' among them.
        server_level, internal_level: of the server (``TIDEMILL_SERVER_LOGGING_LEVEL``) and of the machinery.
        extra_loggers: names of other loggers whose lines count as the run's.
        config_path: a file that replaces our set-up; None where there is none.
        colors: whether levels are coloured on a terminal.
        markup: whether messages are read as rich's markup on the console.
        record: whether lines are kept with the run (``…_TO_API_ENABLED``).
        max_log_size: bytes of one message that are kept (``…_TO_API_MAX_LOG_SIZE``).
        when_missing_flow: what a run's logger does outside of a run (``…_TO_API_WHEN_MISSING_FLOW``).
        secrets: texts that no line may show.

    """

    level: str = "INFO"
    server_level: str = "WARNING"
    internal_level: str = "ERROR"
    extra_loggers: tuple[str, ...] = ()
    config_path: Path | None = None
    log_prints: bool = False
    colors: bool = True
    markup: bool = False
    record: bool = True
    max_log_size: int = 1_000_000
    when_missing_flow: str = "warn"
    secrets: tuple[str, ...] = ()


def read_choices(environ: Mapping[str, str] | None = None) -> LoggingChoices:
    """The choices that the environment holds. Raises ConfigurationError for what makes no sense, by its name."""
    env = os.environ if environ is None else environ
    return LoggingChoices(
        level=_level(env, "TIDEMILL_LOGGING_LEVEL", default="INFO"),
        server_level=_level(env, "TIDEMILL_SERVER_LOGGING_LEVEL", "TIDEMILL_LOGGING_SERVER_LEVEL", default="WARNING"),
        internal_level=_level(
            env, "TIDEMILL_INTERNAL_LOGGING_LEVEL", "TIDEMILL_LOGGING_INTERNAL_LEVEL", default="ERROR"
        ),
        extra_loggers=_names(env, "TIDEMILL_LOGGING_EXTRA_LOGGERS"),
        config_path=_config_path(env),
        log_prints=_flag(env, "TIDEMILL_LOGGING_LOG_PRINTS", default=False),
        colors=_flag(env, "TIDEMILL_LOGGING_COLORS", default=True),
        markup=_flag(env, "TIDEMILL_LOGGING_MARKUP", default=False),
        record=_flag(env, "TIDEMILL_LOGGING_TO_API_ENABLED", default=True),
        max_log_size=_bytes(env, "TIDEMILL_LOGGING_TO_API_MAX_LOG_SIZE", 1_000_000),
        when_missing_flow=_one_of(env, "TIDEMILL_LOGGING_TO_API_WHEN_MISSING_FLOW", MISSING_FLOW, "warn"),
        secrets=tuple(env[name] for name in _SECRET_VARIABLES if env.get(name)),
    )


def _level(env: Mapping[str, str], *variables: str, default: str) -> str:
    for variable in variables:
        if env.get(variable):
            return _one_of({variable: env[variable].upper()}, variable, LEVELS, default)
    return default


def _one_of(env: Mapping[str, str], variable: str, known: tuple[str, ...], default: str) -> str:
    said = env.get(variable) or default
    if said not in known:
        raise ConfigurationError(
            f"expected {variable} to be one of {one_of(known)}, got {said!r}{did_you_mean(said, known)}"
        )
    return said


def _flag(env: Mapping[str, str], variable: str, *, default: bool) -> bool:
    said = (env.get(variable) or "").strip().lower()
    if not said:
        return default
    if said not in _YES | _NO:
        raise ConfigurationError(f"expected {variable} to be true or false, got {said!r}")
    return said in _YES


def _bytes(env: Mapping[str, str], variable: str, default: int) -> int:
    said = env.get(variable)
    if not said:
        return default
    if not said.strip().isdecimal() or int(said) == 0:
        raise ConfigurationError(f"expected {variable} to be a positive number of bytes, got {said!r}")
    return int(said)


def _names(env: Mapping[str, str], variable: str) -> tuple[str, ...]:
    said = (env.get(variable) or "").strip()
    if said.startswith("["):
        try:
            return tuple(msgspec.json.decode(said, type=list[str]))
        except msgspec.DecodeError as error:
            raise ConfigurationError(f"expected {variable} to be names with commas between, got {said!r}") from error
    return tuple(dict.fromkeys(name.strip() for name in said.split(",") if name.strip()))


def _config_path(env: Mapping[str, str]) -> Path | None:
    for variable in ("TIDEMILL_LOGGING_CONFIG_PATH", "TIDEMILL_LOGGING_SETTINGS_PATH"):
        if env.get(variable):
            path = Path(env[variable]).expanduser()
            if not path.is_file():
                raise ConfigurationError(
                    f"{variable} names {path}, and there is no such file. Write it, or unset {variable}."
                )
            return path
    home = Path(env["TIDEMILL_HOME"]).expanduser() if env.get("TIDEMILL_HOME") else default_home()
    return next(
        (path for ending in ("yml", "yaml", "toml", "json") if (path := home / f"logging.{ending}").is_file()), None
    )
