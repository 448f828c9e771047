"""What of the settings concerns logs, as the set-up needs it."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - msgspec reads the annotations when it is asked about them
from typing import TYPE_CHECKING, Final

import msgspec

from tidemill.exceptions import ConfigurationError
from tidemill.settings.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidemill.settings import Settings
    from tidemill.settings.declare import Group

_ENDINGS: Final = (".yml", ".yaml", ".toml", ".json")


class LoggingChoices(msgspec.Struct, frozen=True, kw_only=True):
    """Choices about logs.

    Attributes:
        level, server_level, internal_level: of tidemill's loggers, the server's, and the machinery's.
        extra_loggers: names of other loggers whose lines count as the run's.
        config_path: a file that replaces our set-up; None where there is none.
        colors: whether levels are coloured on a terminal.
        markup: whether messages are read as rich's markup on the console.
        record: whether lines are kept with the run.
        max_log_size: bytes of one message that are kept.
        when_missing_flow: what a run's logger does outside of a run.
        secrets: texts that no line may show.

    """

    level: str = "INFO"
    server_level: str = "WARNING"
    internal_level: str = "ERROR"
    extra_loggers: tuple[str, ...] = ()
    config_path: Path | None = None
    colors: bool = True
    markup: bool = False
    record: bool = True
    max_log_size: int = 1_000_000
    when_missing_flow: str = "warn"
    secrets: tuple[str, ...] = ()


def choices_of(settings: Settings) -> LoggingChoices:
    """The choices that the settings hold. Raises ConfigurationError if they name a file that is not there."""
    chosen = settings.logging
    return LoggingChoices(
        level=chosen.level,
        server_level=settings.server.logging_level,
        internal_level=settings.internal.logging_level,
        extra_loggers=tuple(chosen.extra_loggers),
        config_path=_config_path(settings),
        colors=chosen.colors,
        markup=chosen.markup,
        record=chosen.to_api.enabled,
        max_log_size=chosen.to_api.max_log_size,
        when_missing_flow=chosen.to_api.when_missing_flow,
        secrets=tuple(_secrets(settings)),
    )


def _config_path(settings: Settings) -> Path | None:
    path = settings.logging.config_path
    if path.is_file():
        return path
    if "TIDEMILL_LOGGING_CONFIG_PATH" in settings.origins:
        raise ConfigurationError(
            f"The setting TIDEMILL_LOGGING_CONFIG_PATH names {path}, and there is no such file. Write it, or unset it."
        )
    return next((other for ending in _ENDINGS if (other := path.with_suffix(ending)).is_file()), None)


def _secrets(group: Group) -> Iterator[str]:
    for name in group.declared_settings:
        value = getattr(group, name)
        if isinstance(value, Secret) and value:
            yield from _hidden_part(value.get_secret_value())
    for name in group.declared_groups:
        yield from _secrets(getattr(group, name))


def _hidden_part(text: str) -> list[str]:
    """Of an address only the password; a line may well say which database it is about."""
    if "://" not in text:
        return [text]
    from urllib.parse import unquote, urlsplit  # noqa: PLC0415 - where there is an address

    password = urlsplit(text).password
    return [password, unquote(password)] if password else []
