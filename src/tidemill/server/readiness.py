"""How long the settings say that silence may last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.domain.readiness import Patience

if TYPE_CHECKING:
    from tidemill.settings import Settings


def patience(settings: Settings) -> Patience:
    """For workers, queues and deployments."""
    said = settings.server.services.foreman
    return Patience(
        heartbeat_interval=said.fallback_heartbeat_interval_seconds,
        heartbeat_multiple=said.inactivity_heartbeat_multiple,
        queue=said.work_queue_last_polled_timeout_seconds,
        deployment=said.deployment_last_polled_timeout_seconds,
    )
