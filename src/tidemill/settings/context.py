"""Which settings hold here and now: those of the innermost context, else those of the process."""

from __future__ import annotations

import os
from contextlib import contextmanager
from contextvars import ContextVar, Token
from typing import TYPE_CHECKING, Any, ClassVar, Self

from tidemill.domain.contexts import ContextModel
from tidemill.settings.loading import Loaded, load, read_all, source_of
from tidemill.settings.model import Settings
from tidemill.settings.profiles import Profile, load_profile
from tidemill.settings.secret import MASK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tidemill.settings.registry import Named, Updates

_current: ContextVar[SettingsContext | None] = ContextVar("tidemill_settings", default=None)


class SettingsContext(ContextModel):
    """Settings and the profile they rest on; entered with ``with``, it holds for this thread and its tasks."""

    __slots__ = ("_tokens", "profile", "settings")

    _innermost: ClassVar[ContextVar[SettingsContext | None]] = _current

    def __init__(self, *, profile: Profile, settings: Settings) -> None:
        self.profile = profile
        self.settings = settings
        self._tokens: list[Token[SettingsContext | None]] = []

    def serialize(self, include_secrets: bool = True) -> dict[str, Any]:
        """Profile and settings as plain values, for a child process."""
        said = self.profile.said if include_secrets else dict.fromkeys(self.profile.said, MASK)
        return {
            "profile": {"name": self.profile.name, "settings": dict(said), "source": self.profile.source},
            "settings": self.settings.model_dump(mode="json", include_secrets=include_secrets, exclude_unset=True),
        }

    def __enter__(self) -> Self:
        self._tokens.append(_current.set(self))
        return self

    def __exit__(self, *_: object) -> None:
        _current.reset(self._tokens.pop())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SettingsContext) and (other.profile, other.settings) == (self.profile, self.settings)

    def __hash__(self) -> int:
        return hash((self.profile.name, self.settings))

    def __repr__(self) -> str:
        return f"SettingsContext(profile={self.profile.name!r})"


class _Process:
    """What holds where no context was entered."""

    chosen_profile: str | None = None
    context: SettingsContext | None = None


def chosen_profile() -> str | None:
    """The profile this process was told to use, if any."""
    return _Process.chosen_profile


def choose_profile(name: str | None) -> None:
    """Use that profile in this process, before the environment's settings; ``None`` takes it back.

    It is looked for when settings are next needed.
    """
    _Process.chosen_profile = name
    forget_settings()


def forget_settings() -> None:
    """Ask all sources again at the next need: after a change of the environment or of a file."""
    _Process.context = None


def present_key(key: str) -> None:
    """Have this process, and what it starts, ask the server with this API key and with nothing else from here on."""
    for name in ("TIDEMILL_API_AUTH_STRING", "PREFECT_API_AUTH_STRING", "PREFECT_API_KEY"):
        os.environ.pop(name, None)
    os.environ["TIDEMILL_API_KEY"] = key
    forget_settings()


def refresh_global_settings_context() -> None:
    """Ask all sources again, now."""
    forget_settings()
    get_settings_context()


def root_settings_context() -> SettingsContext:
    """Settings read afresh from every source."""
    name = _Process.chosen_profile
    return _context(Settings.from_loaded(load(profile=name, profile_first=name is not None)))


def process_settings_context() -> SettingsContext:
    """The context that holds where no other was entered."""
    context = _Process.context
    if context is None:
        context = _Process.context = root_settings_context()
    return context


def get_settings_context() -> SettingsContext:
    """The context that holds here and now."""
    return _current.get() or process_settings_context()


def get_current_settings() -> Settings:
    """The settings that hold here and now.

    The first call of a process reads files; later ones cost a tenth of a microsecond.
    """
    return (_current.get() or _Process.context or get_settings_context()).settings


@contextmanager
def temporary_settings(
    updates: Updates | None = None,
    set_defaults: Updates | None = None,
    restore_defaults: Iterable[str | Named] | None = None,
) -> Iterator[Settings]:
    """Other settings within a ``with`` block; see ``Settings.copy_with_update``."""
    outer = get_settings_context()
    changed = outer.settings.copy_with_update(updates, set_defaults, restore_defaults)
    with SettingsContext(profile=outer.profile, settings=changed):
        yield changed


@contextmanager
def use_profile(
    profile: Profile | str,
    override_environment_variables: bool = False,
    include_current_context: bool = True,
) -> Iterator[SettingsContext]:
    """Another profile within a ``with`` block, in place of the current one; raises UnknownProfile.

    The environment still wins over it unless overridden; ``include_current_context=False`` starts from the environment
    alone, leaving out temporary settings around.
    """
    chosen = load_profile(profile) if isinstance(profile, str) else profile
    base = get_settings_context().settings if include_current_context else root_settings_context().settings
    with _context(_with_profile(base, chosen, override=override_environment_variables), chosen) as context:
        yield context


def _context(settings: Settings, profile: Profile | None = None) -> SettingsContext:
    return SettingsContext(profile=profile or Profile(*settings.active_profile), settings=settings)


def _with_profile(base: Settings, profile: Profile, *, override: bool) -> Settings:
    """``base`` with ``profile`` in the place of its own."""
    origins = {name: origin for name, origin in base.origins.items() if origin.kind != "profile"}
    values = {name: base.value_of(name) for name in origins}
    said = source_of(profile.as_active()).said
    said = {name: each for name, each in said.items() if override or name not in values}
    values.update(read_all(said))
    origins.update((name, each.origin) for name, each in said.items())
    home = values.get("TIDEMILL_HOME") or base.home
    return Settings.from_loaded(Loaded(values, origins, home, profile.as_active()))
