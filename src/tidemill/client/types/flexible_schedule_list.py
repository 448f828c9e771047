"""The ways in which schedules of a deployment may be given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from tidemill.client.schemas.actions import DeploymentScheduleCreate
from tidemill.client.schemas.schedules import SCHEDULE_TYPES

FlexibleScheduleList: TypeAlias = Sequence[DeploymentScheduleCreate | dict[str, Any] | SCHEDULE_TYPES]
