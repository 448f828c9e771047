"""Where settings come from, and what each place says, still unread.

Strongest first: arguments, environment, ``.env``, ``tidemill.toml``, ``pyproject.toml`` (``[tool.tidemill]``), the
active profile. The three files are looked for in the working directory.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tidemill.settings.declare import PREFIX, Field, Group
from tidemill.settings.errors import UnknownSetting, UnreadableFile
from tidemill.settings.registry import (
    ALIASES,
    BY_PATH,
    FIELDS,
    IGNORED,
    NOT_SETTINGS,
    OF_LOGGING_CONFIGURATION,
    RETIRED,
    nearest_to,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

DOTENV: Final = Path(".env")
DEFAULT_TIDEMILL_TOML_PATH: Final = Path("tidemill.toml")
PYPROJECT: Final = Path("pyproject.toml")

_OUR_TABLE: Final = rb"""["']?tool["']?\s*\.\s*["']?tidemill|^\s*\[\s*["']?tool["']?\s*\]|^\s*tool\s*="""


class Origin(NamedTuple):
    """Which source a value came from: ``kind`` as ``config view`` shows it, ``where`` for an error message."""

    kind: str
    where: str


class Said(NamedTuple):
    """What a source says about a setting."""

    raw: Any
    origin: Origin


class Source(NamedTuple):
    """One source: what it says by environment name, and names in it that are no settings."""

    said: dict[str, Said]
    unknown: list[tuple[str, Origin]]


def nothing() -> Source:
    """A source that is not there."""
    return Source({}, [])


def from_names(pairs: Mapping[str, Any], kind: str, where: str) -> Source:
    """Settings by environment name, alias or old name; the first name wins over an alias, an alias over an old name."""
    source = nothing()
    weakest_first: tuple[Mapping[str, Field], ...] = (RETIRED, ALIASES, FIELDS)
    ours = {name: raw for name, raw in pairs.items() if name[: len(PREFIX)].upper() == PREFIX}
    for names in weakest_first:
        for name, raw in ours.items():
            field = names.get(name) or names.get(name.upper())
            if field is not None:
                source.said[field.name] = Said(raw, Origin(kind, where.format(name=name)))
    source.unknown.extend((name, Origin(kind, where.format(name=name))) for name in ours if not _known(name.upper()))
    return source


def _known(name: str) -> bool:
    return (
        name in FIELDS
        or name in ALIASES
        or name in RETIRED
        or name in IGNORED
        or name in NOT_SETTINGS
        or name.startswith(("TIDEMILL__", *OF_LOGGING_CONFIGURATION))  # the first for child processes of tidemill's
    )


def from_environment(environ: Mapping[str, str]) -> Source:
    """What the environment says."""
    return from_names(environ, "env", "environment variable {name}")


def from_dotenv(path: Path = DOTENV) -> Source:
    """What a ``.env`` file says; it may hold much that is not ours."""
    data = read_if_there(path)
    if data is None or PREFIX.encode() not in data.upper():
        return nothing()
    from tidemill.settings.dotenv import parse_dotenv  # noqa: PLC0415 - few have such a file

    return from_names(parse_dotenv(_text(path, data)), ".env file", f"{{name}} in {_braces(path)}")


def from_project_file(path: Path = DEFAULT_TIDEMILL_TOML_PATH) -> Source:
    """What ``tidemill.toml`` says."""
    data = read_if_there(path)
    return nothing() if data is None else from_tables(parse_toml(path, data), path.name, str(path))


def from_pyproject(path: Path = PYPROJECT) -> Source:
    """What ``[tool.tidemill]`` says; the file is parsed only where it seems to have one."""
    data = read_if_there(path)
    if data is None or b"tidemill" not in data or not re.search(_OUR_TABLE, data, re.MULTILINE):
        return nothing()
    tables = parse_toml(path, data).get("tool", {}).get("tidemill", {})
    return from_tables(tables, path.name, f"{path} [tool.tidemill]")


def from_arguments(arguments: Mapping[str, Any]) -> Source:
    """What was passed to ``Settings(...)``: nested by group; an unknown name is an error."""
    source = from_tables(arguments, "init", "argument")
    for name, _ in source.unknown:
        raise UnknownSetting(name, nearest_to(name))
    return source


def from_tables(tables: Mapping[str, Any], kind: str, where: str) -> Source:
    """Settings nested by group, as in TOML."""
    source = nothing()
    for path, raw in _leaves(tables):
        origin = Origin(kind, f"{path} in {where}" if kind != "init" else f"{where} {path}")
        field = BY_PATH.get(path)
        if field is not None:
            source.said[field.name] = Said(raw, origin)
        elif raw != {}:
            source.unknown.append((path, origin))
    return source


def _leaves(tables: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in tables.items():
        path = f"{prefix}{name}"
        nested = dict(value) if _is_group(path, value) else None
        if nested:
            yield from _leaves(nested, f"{path}.")
        else:
            yield path, value


def _is_group(path: str, value: Any) -> bool:
    return path not in BY_PATH and isinstance(value, Mapping | Group)


def read_if_there(path: Path) -> bytes | None:
    """The file's bytes; ``None`` when it is not there. Raises UnreadableFile."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except IsADirectoryError:
        return None  # a folder of that name (an environment called .env) is none of ours
    except OSError as error:
        raise UnreadableFile(path, error.strerror or str(error)) from error


def parse_toml(path: Path, data: bytes) -> dict[str, Any]:
    """The file as tables; raises UnreadableFile with line and column."""
    import tomllib  # noqa: PLC0415 - costs milliseconds, and most homes have no such file

    try:
        return tomllib.loads(_text(path, data))
    except tomllib.TOMLDecodeError as error:
        raise UnreadableFile(path, f"not TOML: {error}") from error


def _text(path: Path, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFile(path, f"not UTF-8: {error}") from error


def _braces(path: Path) -> str:
    return str(path).replace("{", "{{").replace("}", "}}")
