"""``Settings``: everything that can be set, as one immutable typed value."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, Self

from tidemill.settings.declare import assemble, shown
from tidemill.settings.definitions.root import RootSettings
from tidemill.settings.derived import derive
from tidemill.settings.dump import dumped
from tidemill.settings.errors import InvalidSettings
from tidemill.settings.loading import ActiveProfile, Loaded, check_together, default_home, load, read_all
from tidemill.settings.registry import FIELDS, resolve
from tidemill.settings.sources import Origin, Said

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tidemill.settings.registry import Named, Updates

_CHANGED = Origin("temporary", "an update in this process")


class Settings(RootSettings):
    """All settings. ``Settings()`` asks every source; arguments, nested by group, win over all of them.

    Raises InvalidSettings, UnknownSetting, UnknownProfile or UnreadableFile; the message says what to mend and where.
    """

    _loaded: Loaded

    def __init__(self, **arguments: Any) -> None:
        _fill(self, load(arguments))

    @classmethod
    def from_loaded(cls, loaded: Loaded) -> Self:
        """Settings from values that were loaded before."""
        made = object.__new__(cls)
        _fill(made, loaded)
        return made

    @property
    def origins(self) -> Mapping[str, Origin]:
        """Where each value that is not a default came from, by environment name."""
        return MappingProxyType(self._loaded.origins)

    @property
    def active_profile(self) -> ActiveProfile:
        """The profile these settings rest on."""
        return self._loaded.profile

    @property
    def model_fields_set(self) -> set[str]:
        """Top-level names below which something was set."""
        return {FIELDS[name].path.split(".")[0] for name in self._loaded.values}

    def value_of(self, key: str | Named) -> Any:
        """The value of one setting, by environment name, dotted path or old-style object; secrets stay wrapped."""
        value: Any = self
        for part in resolve(key).path.split("."):
            value = getattr(value, part)
        return value

    def copy_with_update(
        self,
        updates: Updates | None = None,
        set_defaults: Updates | None = None,
        restore_defaults: Iterable[str | Named] | None = None,
    ) -> Self:
        """A copy with ``updates``.

        ``set_defaults`` counts only where nothing was set; ``restore_defaults`` forgets what was.
        """
        dropped = {resolve(key).name for key in restore_defaults or ()}
        values = {name: value for name, value in self._loaded.values.items() if name not in dropped}
        origins = {name: origin for name, origin in self._loaded.origins.items() if name not in dropped}
        said = {**_said(set_defaults, unless=values), **_said(updates)}
        values.update(read_all(said))
        origins.update((name, each.origin) for name, each in said.items())
        check_together(values)
        home = values.get("TIDEMILL_HOME") or (default_home() if "TIDEMILL_HOME" in dropped else self.home)
        return self.from_loaded(Loaded(values, origins, home, self._loaded.profile))

    def to_environment_variables(
        self,
        exclude_unset: bool = False,
        include_secrets: bool = True,
        include_aliases: bool = False,
    ) -> dict[str, str]:
        """These settings for a child process: only set ones with ``exclude_unset``, stars for secrets when left out."""
        chosen = self._loaded.values if exclude_unset else FIELDS
        found = {}
        for name in chosen:
            field, value = FIELDS[name], self.value_of(name)
            if value is None:
                continue
            text = shown(field, value, secrets=include_secrets)
            found.update(dict.fromkeys((name, *(field.aliases if include_aliases else ())), text))
        return found

    def hash_key(self) -> str:
        """The same text for the same settings, in every process; secrets count but cannot be read from it."""
        from hashlib import blake2b  # noqa: PLC0415 - rarely asked for

        lines = (f"{name}={text}" for name, text in sorted(self.to_environment_variables().items()))
        return blake2b("\n".join(lines).encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()

    def model_dump(
        self,
        *,
        mode: Literal["python", "json"] = "python",
        include_secrets: bool = False,
        exclude_unset: bool = False,
    ) -> dict[str, Any]:
        """Nested by group. In ``"json"`` mode values are what JSON has, and secrets are stars unless included."""
        wanted = set(self._loaded.values) if exclude_unset else None
        return dumped(self, as_json=mode == "json", secrets=include_secrets, wanted=wanted)

    def model_dump_json(self, *, include_secrets: bool = False, exclude_unset: bool = False) -> str:
        """As ``model_dump(mode="json")``, as text."""
        import json  # noqa: PLC0415 - rarely asked for

        return json.dumps(self.model_dump(mode="json", include_secrets=include_secrets, exclude_unset=exclude_unset))

    def __hash__(self) -> int:
        return hash(self.hash_key())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Settings) and other.to_environment_variables() == self.to_environment_variables()

    def __reduce__(self) -> tuple[Any, ...]:
        values = {name: FIELDS[name].write(value) for name, value in self._loaded.values.items()}
        profile = (self.active_profile.name, dict(self.active_profile.settings), self.active_profile.source)
        return _restored, (values, self._loaded.origins, self._loaded.home, profile)


def _fill(settings: Settings, loaded: Loaded) -> None:
    home = loaded.home.absolute()  # where it was named from, wherever the process goes later
    values = derive(loaded.values, home) | {"TIDEMILL_HOME": home}
    complete = assemble(RootSettings, values, home)
    vars(settings).update(vars(complete), _loaded=loaded)


def _said(updates: Mapping[Any, Any] | None, unless: Mapping[str, Any] | None = None) -> dict[str, Said]:
    named = {resolve(key).name: value for key, value in (updates or {}).items()}
    return {name: Said(value, _CHANGED) for name, value in named.items() if unless is None or name not in unless}


def _restored(values: dict[str, str], origins: dict[str, Origin], home: Any, profile: tuple[Any, ...]) -> Settings:
    typed = {name: FIELDS[name].read(text) for name, text in values.items()}
    return Settings.from_loaded(Loaded(typed, origins, home, ActiveProfile(*profile)))


def canonical_environment_prefix(settings: Settings) -> str:  # noqa: ARG001 - the contract's signature
    """What the environment names of these settings begin with."""
    return "TIDEMILL_"


def check_value(key: str | Named, raw: Any) -> Any:
    """The typed value of a raw one, without setting it; raises InvalidSettings or UnknownSetting."""
    field = resolve(key)
    try:
        return field.read(raw)
    except ValueError as error:
        got = "that" if field.secret else repr(raw)
        raise InvalidSettings([f"expected {field.name!r} to be {error}, got {got}"]) from None
