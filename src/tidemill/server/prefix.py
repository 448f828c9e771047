"""Below which path the API is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tidemill.settings import Settings


def api_prefix(settings: Settings) -> str:
    """As paths begin with it: ``/api``, or what the settings say, with or without slashes around it."""
    said = settings.server.api.base_path
    if not said:
        return "/api"
    path = said.strip("/")
    return f"/{path}" if path else ""
