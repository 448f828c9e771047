"""Profiles: named sets of settings, one of which is active."""

from __future__ import annotations

from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tidemill.settings.errors import InvalidSettings, UnknownProfile
from tidemill.settings.legacy import Setting, setting_named
from tidemill.settings.loading import ActiveProfile, find_profile, locate, read_all, source_of
from tidemill.settings.profile_file import BUILT_IN_ACTIVE, BUILT_IN_PROFILES, read_profile_file
from tidemill.settings.registry import IGNORED, find, resolve

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tidemill.settings.registry import Named, Updates


class Profile:
    """A name and the settings that go with it, as they stand in the file: unread until they are used."""

    def __init__(
        self,
        name: str,
        settings: Updates = MappingProxyType({}),
        source: Path | None = None,
    ) -> None:
        self.name = name
        self.source = source
        #: what the profile says, by the names it uses; names that are no settings stand here too
        self.said: dict[str, Any] = {_name(key): value for key, value in settings.items()}

    @property
    def settings(self) -> dict[Setting, Any]:
        """What the profile sets, by old-style object."""
        return {setting_named(name): value for name, value in self.said.items() if find(name) is not None}

    def to_environment_variables(self) -> dict[str, str]:
        """The same for a child process."""
        return {name: str(value) for name, value in self.said.items() if value is not None}

    def validate_settings(self) -> None:
        """Raise InvalidSettings for values that do not fit."""
        read_all(source_of(self.as_active()).said)

    def as_active(self) -> ActiveProfile:
        """The form in which loading takes it."""
        return ActiveProfile(self.name, self.said, self.source)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Profile) and (other.name, other.said) == (self.name, self.said)

    __hash__ = None  # type: ignore[assignment] # its settings may change

    def __repr__(self) -> str:
        return f"Profile(name={self.name!r}, settings={list(self.said)}, source={str(self.source)!r})"


class ProfilesCollection:
    """All profiles, and which of them is active."""

    def __init__(self, profiles: Iterable[Profile], active: str | None = None) -> None:
        self.profiles_by_name = {profile.name: profile for profile in profiles}
        self.active_name = active

    @property
    def names(self) -> set[str]:
        """All names."""
        return set(self.profiles_by_name)

    @property
    def active_profile(self) -> Profile | None:
        """The active one, if there is one."""
        return self[self.active_name] if self.active_name is not None else None

    def set_active(self, name: str | None, check: bool = True) -> None:
        """Make another one active; raises UnknownProfile unless told not to check."""
        if check and name is not None:
            _ = self[name]
        self.active_name = name

    def add_profile(self, profile: Profile) -> None:
        """Add one; raises ValueError when the name is taken."""
        if profile.name in self.profiles_by_name:
            raise ValueError(f"profile {profile.name!r} already exists; choose another name or delete it first")
        self.profiles_by_name[profile.name] = profile

    def remove_profile(self, name: str) -> None:
        """Remove one; raises UnknownProfile."""
        _ = self[name]
        del self.profiles_by_name[name]

    def update_profile(self, name: str, settings: Updates, source: Path | None = None) -> Profile:
        """Change settings of one, or make it; a value of ``None`` removes the setting."""
        old = self.profiles_by_name.get(name)
        said = dict(old.said) if old else {}
        for key, value in settings.items():
            _forget(said, key)
            if value is not None:
                said[_name(key)] = value
        changed = Profile(name, said, source or (old.source if old else None))
        self.profiles_by_name[name] = changed
        return changed

    def without_profile_source(self, path: Path | None) -> ProfilesCollection:
        """Those that do not come from that file; ``None`` stands for the built-in ones."""
        kept = [profile for profile in self.profiles_by_name.values() if profile.source != path]
        return ProfilesCollection(kept, self.active_name)

    def to_dict(self) -> dict[str, Any]:
        """As the file has it."""
        return {
            "active": self.active_name,
            "profiles": {name: profile.to_environment_variables() for name, profile in self.items()},
        }

    def items(self) -> list[tuple[str, Profile]]:
        """Names and profiles."""
        return list(self.profiles_by_name.items())

    def __getitem__(self, name: str) -> Profile:
        try:
            return self.profiles_by_name[name]
        except KeyError:
            raise UnknownProfile(name, self.names) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self.profiles_by_name)

    def __len__(self) -> int:
        return len(self.profiles_by_name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ProfilesCollection) and other.to_dict() == self.to_dict()

    __hash__ = None  # type: ignore[assignment] # it changes


def load_profiles(include_defaults: bool = True) -> ProfilesCollection:
    """The profiles of the file, and the built-in ones it does not replace."""
    path = locate().profiles_path
    kept = read_profile_file(path)
    profiles = {name: Profile(name, settings, path) for name, settings in kept.profiles.items()}
    if include_defaults:
        built_in = {name: Profile(name, settings) for name, settings in BUILT_IN_PROFILES.items()}
        profiles = built_in | profiles
    active = kept.active or (BUILT_IN_ACTIVE if include_defaults else None)
    return ProfilesCollection(profiles.values(), active)


def load_profile(name: str) -> Profile:
    """One profile; raises UnknownProfile."""
    return load_profiles()[name]


def load_current_profile() -> Profile:
    """The profile in force: that of the current context, else the one that the environment or the file names."""
    from tidemill.settings.context import SettingsContext, chosen_profile  # noqa: PLC0415 - it builds on this module

    context = SettingsContext.get()
    if context is not None:
        return context.profile
    active = find_profile(locate(chosen_profile()))
    return Profile(active.name, active.settings, active.source)


def save_profiles(profiles: ProfilesCollection) -> None:
    """Write the file, at once or not at all. Built-in profiles that were not changed are not written."""
    from tidemill.settings.writing import write_profile_file  # noqa: PLC0415 - few processes write

    kept = {
        name: profile.said
        for name, profile in profiles.items()
        if name not in BUILT_IN_PROFILES or profile.source is not None or profile.said != BUILT_IN_PROFILES[name]
    }
    write_profile_file(locate().profiles_path, profiles.active_name, kept)


@contextmanager
def changing_profiles() -> Iterator[ProfilesCollection]:
    """The profiles as they are now, saved when the block ends well; processes that change them take turns."""
    from tidemill.settings.writing import my_turn  # noqa: PLC0415 - as above

    with my_turn(locate().profiles_path):
        profiles = load_profiles()
        yield profiles
        save_profiles(profiles)


def update_current_profile(settings: Updates) -> Profile:
    """Change settings of the profile in force and save it; ``None`` removes one.

    Raises InvalidSettings and UnknownSetting; then nothing is saved.
    """
    for key in settings:
        _refuse_ignored(_name(key))
        resolve(_name(key))
    _updated(load_profiles(), settings)  # what does not fit is refused before a folder is made for the file
    with changing_profiles() as profiles:
        return _updated(profiles, settings)


def _updated(profiles: ProfilesCollection, settings: Updates) -> Profile:
    updated = profiles.update_profile(load_current_profile().name, settings, source=locate().profiles_path)
    updated.validate_settings()
    return updated


def _refuse_ignored(name: str) -> None:
    if name in IGNORED:
        raise InvalidSettings([f"{name} belonged to an earlier version and has no effect any more"])


def _name(key: Named | str) -> str:
    if not isinstance(key, str):
        return key.name
    field = find(key)
    return field.name if field is not None and "." in key else key


def _forget(said: dict[str, Any], key: Named | str) -> None:
    """Drop what is said about the setting under any of its names."""
    field = find(_name(key))
    for name in [name for name in said if name == _name(key) or (field is not None and find(name) is field)]:
        del said[name]
