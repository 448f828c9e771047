"""How a group of settings is declared: a class whose annotated attributes are its table of settings.

    class ResultsSettings(Group):
        persist_by_default: bool = setting(False, "keep every result, not only those of tasks that ask")

The annotation is the type for the checker and the kind for the parser, so that the two cannot differ.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Final

from tidemill.settings.errors import UnknownSetting
from tidemill.settings.kinds import KINDS, Kind
from tidemill.settings.secret import Secret
from tidemill.suggestions import closest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

PREFIX: Final = "TIDEMILL_"


class BelowHome(str):
    """A default that is a place in the home; known once the home is."""

    __slots__ = ()


class Field:
    """One setting: what it is called in each source, what it may hold, and why it exists."""

    def __init__(
        self,
        default: Any,
        why: str,
        *,
        unit: str | None = None,
        aliases: Sequence[str] = (),
        at_least: float | None = None,
        above: float | None = None,
        at_most: float | None = None,
        no_effect: str | None = None,
    ) -> None:
        self.default = default
        self.why = why
        self.unit = unit
        self.aliases = tuple(PREFIX + alias for alias in aliases)
        self.at_least = at_least
        self.above = above
        self.at_most = at_most
        self.no_effect = no_effect
        self.nullable = False
        self.kind: Kind = KINDS["object"]
        self.kind_name = "object"
        #: dotted, as in tidemill.toml; set when the tree of groups is complete
        self.path = ""
        #: environment name, and key in a profile
        self.name = ""

    @property
    def secret(self) -> bool:
        """Whether the value must not be shown."""
        return self.kind_name == "Secret"

    def annotate(self, annotation: str) -> None:
        """Take the kind from the annotation's text."""
        bare = annotation.removesuffix(" | None")
        self.nullable = bare != annotation
        self.kind_name = bare
        self.kind = KINDS[bare]

    def place(self, path: str) -> None:
        """Take the dotted path, from which the environment name follows."""
        self.path = path
        self.name = PREFIX + path.upper().replace(".", "_")

    def default_in(self, home: Path) -> Any:
        """The default, for a tidemill that lives in ``home``."""
        if isinstance(self.default, BelowHome):
            return home / self.default
        return self.default

    def read(self, raw: Any) -> Any:
        """The typed value of what a source holds; ValueError with what was expected when it does not fit."""
        if self.nullable and (raw is None or raw == ""):
            return None
        try:
            value = self.kind.read(raw)
        except (ValueError, TypeError, OverflowError):
            raise ValueError(self.expected) from None
        if not self._in_range(value):
            raise ValueError(self.expected)
        return value

    def write(self, value: Any) -> str:
        """The value as a text that ``read`` takes."""
        return "" if value is None else self.kind.write(value)

    @property
    def expected(self) -> str:
        """What fits, in words."""
        bounds = (("of at least", self.at_least), ("above", self.above), ("of at most", self.at_most))
        limits = " and ".join(f"{word} {bound:g}" for word, bound in bounds if bound is not None)
        unit = f" ({self.unit})" if self.unit else ""
        return f"{self.kind.expected}{' ' if limits else ''}{limits}{unit}"

    def _in_range(self, value: Any) -> bool:
        return (
            (self.at_least is None or value >= self.at_least)
            and (self.above is None or value > self.above)
            and (self.at_most is None or value <= self.at_most)
        )

    def __repr__(self) -> str:
        return f"<setting {self.name or '?'}: {self.kind_name}>"


def setting(
    default: Any,
    why: str,
    *,
    unit: str | None = None,
    aliases: Sequence[str] = (),
    at_least: float | None = None,
    above: float | None = None,
    at_most: float | None = None,
    no_effect: str | None = None,
) -> Any:
    """Declare a setting in the body of a ``Group``. ``no_effect`` says why tidemill accepts the name and ignores it."""
    return Field(
        default,
        why,
        unit=unit,
        aliases=aliases,
        at_least=at_least,
        above=above,
        at_most=at_most,
        no_effect=no_effect,
    )


class Group:
    """Settings that belong together: typed attributes that cannot be assigned. Groups may hold groups."""

    declared_settings: ClassVar[Mapping[str, Field]] = MappingProxyType({})
    declared_groups: ClassVar[Mapping[str, type[Group]]] = MappingProxyType({})

    def __init_subclass__(cls) -> None:
        own = dict(vars(cls))
        fields = {name: value for name, value in own.items() if isinstance(value, Field)}
        groups = {name: value.kind for name, value in own.items() if isinstance(value, _Nested)}
        for name, field in fields.items():
            field.annotate(cls.__annotations__[name])
        for name in (*fields, *groups):
            delattr(cls, name)
        cls.declared_settings = MappingProxyType({**cls.declared_settings, **fields})
        cls.declared_groups = MappingProxyType({**cls.declared_groups, **groups})

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"settings cannot be assigned; use temporary_settings() to change {name!r} for a while")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"settings cannot be deleted; use temporary_settings() to change {name!r} for a while")

    if not TYPE_CHECKING:  # a checker must see only what is declared

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_"):
                raise AttributeError(name)
            raise UnknownSetting(name, closest(name, [*self.declared_settings, *self.declared_groups]))

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and dict(other) == dict(self)

    def __hash__(self) -> int:
        return hash((type(self), repr(self)))

    def __reduce__(self) -> tuple[Any, ...]:
        texts = {name: field.write(getattr(self, name)) for name, field in self.declared_settings.items()}
        return _rebuilt, (type(self), texts, {name: getattr(self, name) for name in self.declared_groups})

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        for name in (*self.declared_settings, *self.declared_groups):
            yield name, getattr(self, name)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self)})"


def _rebuilt(kind: type[Group], texts: Mapping[str, str], groups: Mapping[str, Group]) -> Group:
    made = object.__new__(kind)
    fields = kind.declared_settings
    vars(made).update(groups, **{name: fields[name].read(text) for name, text in texts.items()})
    return made


class _Nested:
    def __init__(self, kind: type[Group]) -> None:
        self.kind = kind


def group(kind: type[Group]) -> Any:
    """Declare a group within a group."""
    return _Nested(kind)


def walk(kind: type[Group], prefix: str = "") -> Iterator[tuple[str, Field]]:
    """Every setting below a group with its dotted path, in the order of declaration."""
    for name, field in kind.declared_settings.items():
        yield prefix + name, field
    for name, nested in kind.declared_groups.items():
        yield from walk(nested, f"{prefix}{name}.")


def assemble(kind: type[Group], values: Mapping[str, Any], home: Path) -> Group:
    """A group from typed values by environment name; what is not named takes its default."""
    made = object.__new__(kind)
    slots = vars(made)
    for name, field in kind.declared_settings.items():
        slots[name] = values[field.name] if field.name in values else field.default_in(home)
    for name, nested in kind.declared_groups.items():
        slots[name] = assemble(nested, values, home)
    return made


def shown(field: Field, value: Any, *, secrets: bool = False) -> str:
    """The value as text, stars for a secret unless asked."""
    return str(value) if isinstance(value, Secret) and not secrets else field.write(value)
