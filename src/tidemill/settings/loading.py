"""From what the sources say to typed values, or one error that names everything that is wrong."""

from __future__ import annotations

import os
import sys
import warnings
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tidemill.settings.errors import InvalidSettings, UnknownProfile, UnknownSettingWarning
from tidemill.settings.profile_file import BUILT_IN_ACTIVE, BUILT_IN_PROFILES, read_profile_file
from tidemill.settings.registry import FIELDS, nearest_to
from tidemill.settings.secret import MASK
from tidemill.settings.sources import (
    Origin,
    Said,
    Source,
    from_arguments,
    from_dotenv,
    from_environment,
    from_names,
    from_project_file,
    from_pyproject,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import FrameType

PROFILE_VARIABLE: Final = "TIDEMILL_PROFILE"
_LONGEST_SHOWN: Final = 120
_PLACES: Final = frozenset({"TIDEMILL_HOME", "TIDEMILL_PROFILES_PATH"})


class ActiveProfile(NamedTuple):
    """The profile in force: its settings as the file has them, and the file, or ``None`` for a built-in one."""

    name: str
    settings: Mapping[str, Any]
    source: Path | None


class Loaded(NamedTuple):
    """Typed values by environment name, each with its origin, and what they rest on."""

    values: dict[str, Any]
    origins: dict[str, Origin]
    home: Path
    profile: ActiveProfile


class Place(NamedTuple):
    """Where the profiles are, and which one is meant."""

    home: Path
    profiles_path: Path
    chosen: str | None


def load(
    arguments: Mapping[str, Any] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    profile: str | None = None,
    profile_first: bool = False,
) -> Loaded:
    """Ask every source. ``profile`` names the one to use; ``profile_first`` lets it win over the environment too.

    Raises InvalidSettings with all that does not fit, UnknownSetting for an argument, UnknownProfile, UnreadableFile.
    """
    environ = os.environ if environ is None else environ
    sources = _sources_above_the_profile(environ, arguments or {})
    place = _place(sources, environ, profile)
    active = find_profile(place, environ)
    profile_source = source_of(active)
    ordered = [*sources[:-1], profile_source, sources[-1]] if profile_first else [profile_source, *sources]
    said = _strongest(ordered)
    values = read_all(said)
    _warn_of_unknown(ordered)
    check_together(values, said)
    origins = {name: each.origin for name, each in said.items()}
    return Loaded(values, origins, values.get("TIDEMILL_HOME") or place.home, active)


def locate(profile: str | None = None) -> Place:
    """Where the profiles are, without reading any: works while other settings are wrong."""
    return _place(_sources_above_the_profile(os.environ, {}), os.environ, profile)


def _sources_above_the_profile(environ: Mapping[str, str], arguments: Mapping[str, Any]) -> list[Source]:
    """Weakest first."""
    return [from_pyproject(), from_project_file(), from_dotenv(), from_environment(environ), from_arguments(arguments)]


def _strongest(weakest_first: list[Source]) -> dict[str, Said]:
    said: dict[str, Said] = {}
    for source in weakest_first:
        said.update(source.said)
    return said


def _place(sources: list[Source], environ: Mapping[str, str], profile: str | None) -> Place:
    said = _strongest(sources)
    found = read_all({name: each for name, each in said.items() if name in _PLACES})
    home = found.get("TIDEMILL_HOME") or default_home()
    path = found.get("TIDEMILL_PROFILES_PATH") or home / "profiles.toml"
    return Place(home, path, profile or environ.get(PROFILE_VARIABLE) or None)


def default_home() -> Path:
    """``~/.tidemill``. Raises InvalidSettings where this user has no home directory, as some containers have it."""
    path: Path = FIELDS["TIDEMILL_HOME"].default
    try:
        return path.expanduser()
    except RuntimeError as error:
        raise InvalidSettings(
            ["'TIDEMILL_HOME' is not set, and this user has no home directory for it: set it to a folder"]
        ) from error


def find_profile(place: Place, environ: Mapping[str, str] | None = None) -> ActiveProfile:
    """The profile that is meant, else the file's active one, else the built-in one; raises UnknownProfile."""
    kept = read_profile_file(place.profiles_path)
    name = place.chosen or kept.active or BUILT_IN_ACTIVE
    if name in kept.profiles:
        return ActiveProfile(name, kept.profiles[name], place.profiles_path)
    if name in BUILT_IN_PROFILES:
        return ActiveProfile(name, BUILT_IN_PROFILES[name], None)
    from_variable = (environ or os.environ).get(PROFILE_VARIABLE) == name
    where = f" (from environment variable {PROFILE_VARIABLE})" if from_variable else ""
    raise UnknownProfile(name, {*kept.profiles, *BUILT_IN_PROFILES}, where)


def source_of(profile: ActiveProfile) -> Source:
    """What a profile says."""
    file = f" of {profile.source}" if profile.source else ""
    where = f"profile '{profile.name}'{file}".replace("{", "{{").replace("}", "}}")
    return from_names(profile.settings, "profile", f"{{name}} in {where}")


def read_all(said: Mapping[str, Said]) -> dict[str, Any]:
    """Typed values; raises one InvalidSettings for all that do not fit."""
    values: dict[str, Any] = {}
    problems: list[str] = []
    for name, (raw, origin) in said.items():
        try:
            values[name] = FIELDS[name].read(raw)
        except ValueError as error:
            problems.append(_complaint(name, raw, origin, str(error)))
    if problems:
        raise InvalidSettings(problems)
    return values


def _complaint(name: str, raw: Any, origin: Origin, expected: str) -> str:
    got = MASK if FIELDS[name].secret else repr(raw)
    if len(got) > _LONGEST_SHOWN:
        got = got[: _LONGEST_SHOWN - 1] + "…"
    return f"expected {name!r} to be {expected}, got {got} (from {origin.where})"


def check_together(values: Mapping[str, Any], said: Mapping[str, Said] | None = None) -> None:
    """Check what concerns two settings at once; raises InvalidSettings."""
    problems = [
        f"expected '{larger}' ({_value(values, larger):g}) to be at least {factor} times '{smaller}' "
        f"({_value(values, smaller):g}): {why}{_told_by(said, larger, smaller)}"
        for larger, factor, smaller, why in _AT_LEAST_TIMES
        if (larger in values or smaller in values) and _value(values, larger) < factor * _value(values, smaller)
    ]
    if problems:
        raise InvalidSettings(problems)


_AT_LEAST_TIMES: Final = (
    ("TIDEMILL_LEASE_SECONDS", 2, "TIDEMILL_BEAT_SECONDS", "a single lost beat would cost the run"),
    ("TIDEMILL_LOGGING_TO_API_BATCH_SIZE", 1, "TIDEMILL_LOGGING_TO_API_MAX_LOG_SIZE", "a batch must hold one line"),
)


def _value(values: Mapping[str, Any], name: str) -> Any:
    return values.get(name, FIELDS[name].default)


def _told_by(said: Mapping[str, Said] | None, *names: str) -> str:
    told = [said[name].origin.where for name in names if said is not None and name in said]
    return f" (from {' and '.join(told)})" if told else ""


def _warn_of_unknown(sources: list[Source]) -> None:
    for source in sources:
        for name, origin in source.unknown:
            nearest = nearest_to(name.upper() if origin.kind == "env" else name)
            if nearest is None and origin.kind in {"env", ".env file"}:
                continue  # other programs may use the prefix; only what looks like a slip is worth a word
            hint = f", did you mean {nearest!r}?" if nearest else ""
            message = f"unknown setting {name!r} ({origin.where}){hint}"
            warnings.warn(message, UnknownSettingWarning, stacklevel=_level_of_the_caller())


def _level_of_the_caller() -> int:
    """How far up the stack the first frame is that is not ours: where somebody asked, it means something to them."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - documented, in spite of its name
    level = 1
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] in {"tidemill", "contextlib"}:
        frame, level = frame.f_back, level + 1
    return level
