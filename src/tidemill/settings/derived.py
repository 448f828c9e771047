"""Settings that follow from others where nobody said them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tidemill.settings.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_API: Final = "/api"
_POSTGRES: Final = "postgresql+asyncpg"
_PASSWORD_MARKS: Final = ("${TIDEMILL_API_DATABASE_PASSWORD}", "${TIDEMILL_SERVER_DATABASE_PASSWORD}")


def derive(said: Mapping[str, Any], home: Path) -> dict[str, Any]:
    """All values that are not plain defaults: those said, and those that follow from them."""
    values = {"TIDEMILL_HOME": home, **_logging(said), **_addresses(said)}
    values.update((name, value) for name, value in said.items() if value is not None or name not in values)
    values["TIDEMILL_SERVER_DATABASE_CONNECTION_URL"] = _database(said, home)
    return values


def _logging(said: Mapping[str, Any]) -> dict[str, Any]:
    if not said.get("TIDEMILL_DEBUG_MODE"):
        return {}
    return {"TIDEMILL_LOGGING_LEVEL": "DEBUG", "TIDEMILL_INTERNAL_LOGGING_LEVEL": "DEBUG"}


def _addresses(said: Mapping[str, Any]) -> dict[str, Any]:
    host = said.get("TIDEMILL_SERVER_API_HOST", "127.0.0.1")
    port = said.get("TIDEMILL_SERVER_API_PORT", 4200)
    found = {"TIDEMILL_SERVER_UI_API_URL": f"http://{host}:{port}{_API}"}
    api = said.get("TIDEMILL_API_URL")
    if api:
        found["TIDEMILL_UI_URL"] = api.rstrip("/").removesuffix(_API)
        found["TIDEMILL_SERVER_UI_API_URL"] = api
    return found


def _database(said: Mapping[str, Any], home: Path) -> Secret:
    password = _revealed(said.get("TIDEMILL_SERVER_DATABASE_PASSWORD"))
    url = _revealed(said.get("TIDEMILL_SERVER_DATABASE_CONNECTION_URL"))
    if url:
        for mark in _PASSWORD_MARKS:
            url = url.replace(mark, _quoted(password))
        return Secret(url)
    if said.get("TIDEMILL_SERVER_DATABASE_DRIVER") == _POSTGRES:
        return Secret(_postgres(said, password))
    name = said.get("TIDEMILL_SERVER_DATABASE_NAME")
    return Secret(f"sqlite:///{name or home / 'tidemill.db'}")


def _postgres(said: Mapping[str, Any], password: str) -> str:
    user = _quoted(said.get("TIDEMILL_SERVER_DATABASE_USER") or "")
    login = f"{user}:{_quoted(password)}@" if password else f"{user}@" if user else ""
    host = said.get("TIDEMILL_SERVER_DATABASE_HOST") or "localhost"
    port = said.get("TIDEMILL_SERVER_DATABASE_PORT") or 5432
    name = said.get("TIDEMILL_SERVER_DATABASE_NAME") or "tidemill"
    return f"{_POSTGRES}://{login}{host}:{port}/{_quoted(name)}"


def _revealed(secret: Secret | None) -> str:
    return secret.get_secret_value() if secret is not None else ""


def _quoted(text: str) -> str:
    if not text:
        return ""
    from urllib.parse import quote  # noqa: PLC0415 - only for a database elsewhere

    return quote(text, safe="")
