"""All about deployments, and about where and by whom their runs are carried out."""

from __future__ import annotations

from tidemill.store.access.deployment_schedules import DeploymentSchedules
from tidemill.store.access.deployments import Deployments
from tidemill.store.access.handing_out import HandingOut
from tidemill.store.access.schedule_looks import ScheduleLooks
from tidemill.store.access.scheduling import Scheduling
from tidemill.store.access.slot_holders import SlotHolders
from tidemill.store.access.work_pools import WorkPools
from tidemill.store.access.work_queues import WorkQueues
from tidemill.store.access.workers import Workers


class Deploying(
    WorkPools, WorkQueues, Workers, Deployments, DeploymentSchedules, HandingOut, SlotHolders, Scheduling,
    ScheduleLooks,
):  # fmt: skip
    """Deployments, schedules, work pools, queues and workers."""
