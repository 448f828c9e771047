"""All settings by every name they answer to."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, Protocol, TypeAlias

from tidemill.settings.declare import PREFIX, Field, walk
from tidemill.settings.definitions.retired import GONE, SUCCESSORS
from tidemill.settings.definitions.root import RootSettings
from tidemill.settings.errors import UnknownSetting
from tidemill.suggestions import closest


class Named(Protocol):
    """What can stand for a setting: an old-style ``TIDEMILL_API_URL`` object, or a ``Field``."""

    @property
    def name(self) -> str:
        """The environment name."""
        ...


Updates: TypeAlias = Mapping[str, Any] | Mapping[Named, Any] | Mapping[str | Named, Any]


def _placed() -> dict[str, Field]:
    found = {}
    for path, field in walk(RootSettings):
        field.place(path)
        found[field.name] = field
    return found


#: Every setting by its environment name, in the order of declaration.
FIELDS: Final[Mapping[str, Field]] = MappingProxyType(_placed())
BY_PATH: Final[Mapping[str, Field]] = MappingProxyType({field.path: field for field in FIELDS.values()})
#: Second names that are as good as the first.
ALIASES: Final[Mapping[str, Field]] = MappingProxyType(
    {alias: field for field in FIELDS.values() for alias in field.aliases}
)
#: Names of earlier versions whose setting lives on.
RETIRED: Final[Mapping[str, Field]] = MappingProxyType(
    {PREFIX + old: FIELDS[PREFIX + new] for old, new in SUCCESSORS.items()}
)
#: Names of earlier versions that are taken and ignored.
IGNORED: Final = frozenset(PREFIX + name for name in GONE)
#: Variables of the same prefix that are not settings: they say which settings to use, or are for tests.
NOT_SETTINGS: Final = frozenset({"TIDEMILL_PROFILE", "TIDEMILL_FAIL", "TIDEMILL_FAULTS", "TIDEMILL_TRIPS"})

#: How variables begin that replace a part of the logging configuration (``tidemill.logging.configuration``).
OF_LOGGING_CONFIGURATION: Final = tuple(
    f"{PREFIX}LOGGING_{part}_" for part in ("FILTERS", "FORMATTERS", "HANDLERS", "LOGGERS", "ROOT")
)


def find(name: str) -> Field | None:
    """The setting of that environment name, alias, old name or dotted path; ``None`` when there is none."""
    return FIELDS.get(name) or ALIASES.get(name) or RETIRED.get(name) or BY_PATH.get(name)


def resolve(key: str | Named) -> Field:
    """The setting that ``key`` stands for; raises UnknownSetting with the nearest name."""
    name = key if isinstance(key, str) else key.name
    field = find(name) or find(name.upper())
    if field is None:
        raise UnknownSetting(name, nearest_to(name))
    return field


def nearest_to(name: str) -> str | None:
    """The name that was probably meant: a dotted path for what looks like one, else an environment name."""
    if "." in name or name.islower():
        return closest(name, BY_PATH)
    bare = {known.removeprefix(PREFIX): known for known in (*FIELDS, *ALIASES)}  # a prefix in common is no likeness
    found = closest(name.upper().removeprefix("PREFECT_").removeprefix(PREFIX), bare)
    return bare[found] if found is not None else None
