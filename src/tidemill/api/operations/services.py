"""What servers do by themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from tidemill.api.operation import Tag
from tidemill.wire.base import Wire

_tagged: Final = Tag("Services")


class ServiceStatus(Wire):
    """A background service: who runs it, and what its last pass came to.

    ``led_until``: if its server says nothing before that, another one takes it over. ``last_error`` is None if the last
    pass was well.
    """

    name: str
    led_by: str
    led_since: datetime
    led_until: datetime
    is_led: bool
    last_pass: datetime | None = None
    last_duration_seconds: float | None = None
    last_error: str | None = None


LIST_SERVICES: Final = _tagged.get("/tm/services", "list_services", permission="admin:read", answer=list[ServiceStatus])
