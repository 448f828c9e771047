"""Labels that the server sets on what it keeps. Their names are the field's, not ours: ``docs/decisions/0010``."""

from __future__ import annotations

from typing import Final

OF_FLOW: Final = "prefect.flow.id"
OF_DEPLOYMENT: Final = "prefect.deployment.id"
