"""Schedules of deployments: when they run by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tidemill.domain.states import to_us
from tidemill.store import scheduled_runs
from tidemill.store.access.base import Access
from tidemill.store.access.deployments import no_deployment
from tidemill.store.asking import one_row, scalar
from tidemill.store.errors import MissingError, TakenError
from tidemill.store.schedule_rows import SCHEDULES, schedules_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tidemill.store.session import Session
    from tidemill.wire.schedules import DeploymentSchedule


class DeploymentSchedules(Access):
    """Making, reading and changing schedules. Runs that were made for what a schedule said before are withdrawn."""

    def read_schedules(self, deployment_id: str) -> list[DeploymentSchedule]:
        """Raises MissingError for the deployment."""
        with self._connections.reading() as session:
            _check_deployment(session, deployment_id)
            return schedules_of(session, [deployment_id]).get(deployment_id, [])

    def add_schedules(self, deployment_id: str, schedules: Sequence[DeploymentSchedule]) -> None:
        """Raises MissingError for the deployment, TakenError for a slug that it has already."""
        with self._connections.writing() as session:
            _check_deployment(session, deployment_id)
            _add(session, deployment_id, schedules)

    def replace_schedules(self, deployment_id: str, schedules: Sequence[DeploymentSchedule]) -> None:
        """These and no others from now on. Raises TakenError for a slug that two of them have."""
        with self._connections.writing() as session:
            scheduled_runs.hold(session, deployment_id)
            session.execute("DELETE FROM deployment_schedule WHERE deployment_id = :id", {"id": deployment_id})
            _add(session, deployment_id, schedules)
            scheduled_runs.withdraw(session, deployment_id)

    def update_schedule(self, deployment_id: str, schedule_id: str, changes: Mapping[str, Any], now: int) -> None:
        """Change the fields that are named. Raises MissingError, TakenError for a slug."""
        with self._connections.writing() as session:
            scheduled_runs.hold(session, deployment_id)
            _check_schedule(session, deployment_id, schedule_id)
            if (slug := changes.get("slug")) is not None:
                _check_slug(session, deployment_id, schedule_id, slug)
            SCHEDULES.update(session, schedule_id, changes, updated_us=now)
            _touch(session, deployment_id, now)
            scheduled_runs.withdraw(session, deployment_id, schedule_id)

    def delete_schedule(self, deployment_id: str, schedule_id: str) -> None:
        """Raises MissingError."""
        with self._connections.writing() as session:
            scheduled_runs.hold(session, deployment_id)
            _check_schedule(session, deployment_id, schedule_id)
            scheduled_runs.withdraw(session, deployment_id, schedule_id)
            SCHEDULES.delete(session, schedule_id)

    def withdraw_scheduled_runs(self, deployment_id: str) -> None:
        """Take back the runs that a scheduler made and that nothing has begun."""
        with self._connections.writing() as session:
            scheduled_runs.withdraw(session, deployment_id)


def _add(session: Session, deployment_id: str, schedules: Sequence[DeploymentSchedule]) -> None:
    for schedule in schedules:
        schedule.deployment_id = deployment_id
        if not SCHEDULES.insert(session, schedule, unless="deployment_id, slug"):
            raise _taken(schedule.slug)
    if schedules and schedules[0].updated is not None:
        _touch(session, deployment_id, to_us(schedules[0].updated))


def _touch(session: Session, deployment_id: str, now: int) -> None:
    """For who looks for deployments that were just changed."""
    session.execute("UPDATE deployment SET updated_us = :now WHERE id = :id", {"now": now, "id": deployment_id})


def _check_deployment(session: Session, id_: str) -> None:
    if not scalar(session, "SELECT 1 FROM deployment WHERE id = :id", {"id": id_}):
        raise no_deployment(id_)


def _check_schedule(session: Session, deployment_id: str, id_: str) -> None:
    _check_deployment(session, deployment_id)
    found = one_row(session, "SELECT deployment_id FROM deployment_schedule WHERE id = :id", {"id": id_})
    if found is None or found[0] != deployment_id:
        raise MissingError(f"deployment '{deployment_id}' has no schedule '{id_}'")


def _check_slug(session: Session, deployment_id: str, schedule_id: str, slug: str) -> None:
    others = "SELECT 1 FROM deployment_schedule WHERE deployment_id = :deployment AND slug = :slug AND id <> :id"
    if scalar(session, others, {"deployment": deployment_id, "slug": slug, "id": schedule_id}):
        raise _taken(slug)


def _taken(slug: str | None) -> TakenError:
    return TakenError(f"the deployment has a schedule with the slug '{slug}' already; slugs are unique to a deployment")
