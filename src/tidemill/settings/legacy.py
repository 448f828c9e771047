"""The old way to a setting: one object for each environment name, as in ``TIDEMILL_API_URL.value()``."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tidemill.settings.errors import UnknownSetting
from tidemill.settings.registry import find, nearest_to, resolve
from tidemill.settings.secret import Secret

if TYPE_CHECKING:
    from tidemill.settings.model import Settings


class Setting:
    """A handle on one setting, under one of its names. Handles on the same setting are equal."""

    __slots__ = ("_default", "_field", "_name", "_type")

    def __init__(self, name: str, default: Any, type_: Any, accessor: str | None = None) -> None:
        self._name = name
        self._default = default
        self._type = type_
        self._field = resolve(accessor or name)

    @property
    def name(self) -> str:
        """The environment name it was asked for by."""
        return self._name

    @property
    def accessor(self) -> str:
        """The dotted path in ``Settings``."""
        return self._field.path

    @property
    def is_secret(self) -> bool:
        """Whether the value must not be shown."""
        return self._field.secret

    def default(self) -> Any:
        """The value when nothing sets it; a place in the home counts from the current home."""
        from tidemill.settings.context import get_current_settings  # noqa: PLC0415 - it reads files; not on import

        return self._field.default_in(get_current_settings().home)

    def value(self) -> Any:
        """The value in force here and now; a secret comes unwrapped."""
        from tidemill.settings.context import get_current_settings  # noqa: PLC0415 - as above

        return self.value_from(get_current_settings())

    def value_from(self, settings: Settings) -> Any:
        """The value in these settings; a secret comes unwrapped."""
        value = settings.value_of(self)
        return value.get_secret_value() if isinstance(value, Secret) else value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Setting) and other._field is self._field

    def __hash__(self) -> int:
        return hash(self._field.name)

    def __reduce__(self) -> tuple[Any, ...]:
        return setting_named, (self._name,)

    def __repr__(self) -> str:
        return f"<{self._name}: {self._field.kind_name}{' | None' if self._field.nullable else ''}>"


@lru_cache(maxsize=512)
def setting_named(name: str) -> Setting:
    """The handle on the setting of that environment name or alias; raises UnknownSetting."""
    field = find(name)
    if field is None or "." in name:
        raise UnknownSetting(name, nearest_to(name))
    return Setting(name, field.default, field.kind_name)
