"""All services of a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.server.services.cancellation import CancellationCleanup
from tidemill.server.services.claims import Claims
from tidemill.server.services.event_logger import EventLogger
from tidemill.server.services.foreman import Foreman
from tidemill.server.services.late_runs import LateRuns
from tidemill.server.services.leases import Leases
from tidemill.server.services.pause_expirations import PauseExpirations
from tidemill.server.services.retention import KeptAnswers, Retention
from tidemill.server.services.scheduler import Scheduler
from tidemill.server.services.silent_runs import SilentRuns
from tidemill.server.services.slots import Repossessor
from tidemill.server.services.triggers import Triggers
from tidemill.server.services.unheard_runs import UnheardRuns

if TYPE_CHECKING:
    from pathlib import Path

    from tidemill.server.services.service import Service
    from tidemill.settings import Settings


def every_service(settings: Settings, journals: Path | None = None) -> list[Service]:
    """As the settings say. ``journals``: where processes that share the server's store have theirs; None: nowhere."""
    return [
        Leases(settings, journals),
        Scheduler(settings),
        LateRuns(settings),
        PauseExpirations(settings),
        Claims(settings),
        CancellationCleanup(settings),
        SilentRuns(settings),
        UnheardRuns(settings),
        Repossessor(settings),
        Foreman(settings),
        Retention(settings),
        KeptAnswers(),
        EventLogger(settings),
        Triggers(settings),
    ]
