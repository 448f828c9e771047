"""Deployments: flows, how they are run, with what, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from tidemill.domain.readiness import was_polled
from tidemill.domain.states import from_us, to_us
from tidemill.store import scheduled_runs
from tidemill.store.access.base import Access
from tidemill.store.asking import all_rows, one_row, scalar
from tidemill.store.deployment_limits import forget_limit, limits_by_id, set_limit
from tidemill.store.errors import MissingError, TakenError
from tidemill.store.finding import Bindings
from tidemill.store.nouns import Wanted, conditions
from tidemill.store.removing import PART
from tidemill.store.schedule_rows import schedules_of
from tidemill.store.tables import Table
from tidemill.wire.deployments import DeploymentResponse, DeploymentSort, DeploymentStatus

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tidemill.domain.readiness import Patience
    from tidemill.store.session import Session
    from tidemill.wire.concurrency_limits import GlobalConcurrencyLimitResponse

_COMPUTED: Final = (
    "concurrency_limit", "global_concurrency_limit", "schedules", "status", "work_pool_name", "work_queue_name",
)  # fmt: skip
_DEPLOYMENTS: Final = Table("deployment", DeploymentResponse, without=_COMPUTED)
_READ: Final = f"""
SELECT {_DEPLOYMENTS.selected}, work_queue.name, work_pool.name, work_queue.last_polled_us,
    deployment.concurrency_limit_id
FROM deployment LEFT JOIN work_queue ON work_queue.id = deployment.work_queue_id
LEFT JOIN work_pool ON work_pool.id = work_queue.work_pool_id
"""
_ORDERS: Final = {
    DeploymentSort.CREATED_DESC: "deployment.created_us DESC, deployment.id DESC",
    DeploymentSort.UPDATED_DESC: "deployment.updated_us DESC, deployment.id DESC",
    DeploymentSort.NAME_ASC: "deployment.name ASC, deployment.id ASC",
    DeploymentSort.NAME_DESC: "deployment.name DESC, deployment.id DESC",
}
ALL_DEPLOYMENTS: Final = Wanted()


class Deployments(Access):
    """Making, reading and changing deployments. ``now`` and ``patience`` decide which count as ready."""

    def create_deployment(self, deployment: DeploymentResponse, **more: Any) -> None:
        """Of a flow that is there; ``more`` are columns. Raises TakenError if that has a deployment of this name."""
        with self._connections.writing() as session:
            if not _DEPLOYMENTS.insert(session, deployment, unless="flow_id, name", **more):
                raise TakenError(f"the flow has a deployment '{deployment.name}' already")

    def deployment_id(self, flow_id: str, name: str) -> str | None:
        """The id of a flow's deployment of this name; None if there is none."""
        sql = "SELECT id FROM deployment WHERE flow_id = :flow AND name = :name"
        with self._connections.reading() as session:
            found: str | None = scalar(session, sql, {"flow": flow_id, "name": name})
            return found

    def read_deployment(self, id_: str, now: int, patience: Patience) -> DeploymentResponse:
        """Raises MissingError if there is none."""
        with self._connections.reading() as session:
            found = _read(session, "deployment.id = :id", {"id": id_}, now, patience)
        if not found:
            raise no_deployment(id_)
        return found[0]

    def read_deployment_by_name(
        self, flow_name: str, name: str, now: int, patience: Patience
    ) -> DeploymentResponse:  # fmt: skip
        """Raises MissingError if there is none."""
        where = "deployment.flow_id = (SELECT id FROM flow WHERE name = :flow) AND deployment.name = :name"
        with self._connections.reading() as session:
            found = _read(session, where, {"flow": flow_name, "name": name}, now, patience)
        if not found:
            raise no_deployment(f"{flow_name}/{name}")
        return found[0]

    def find_deployments(
        self,
        wanted: Wanted = ALL_DEPLOYMENTS,
        *,
        now: int,
        patience: Patience,
        sort: DeploymentSort,
        limit: int,
        offset: int = 0,
    ) -> list[DeploymentResponse]:
        """Those for which all filters hold."""
        bindings = Bindings()
        where = conditions("deployment", wanted, bindings)
        tail = f"ORDER BY {_ORDERS[sort]} LIMIT {bindings.bind(limit)} OFFSET {bindings.bind(offset)}"
        with self._connections.reading() as session:
            return _read(session, f"{where} {tail}", bindings, now, patience)

    def count_deployments(self, wanted: Wanted = ALL_DEPLOYMENTS) -> int:
        """How many there are for which all filters hold."""
        bindings = Bindings()
        where = conditions("deployment", wanted, bindings)
        with self._connections.reading() as session:
            return int(scalar(session, f"SELECT count(*) FROM deployment WHERE {where}", bindings))

    def update_deployment(self, id_: str, changes: Mapping[str, Any], now: int, **more: Any) -> None:
        """Change the fields that are named; ``more`` are columns. Raises MissingError."""
        with self._connections.writing() as session:
            if not _DEPLOYMENTS.update(session, id_, changes, updated_us=now, **more):
                raise no_deployment(id_)
            scheduled_runs.look_again(session, id_)

    def limit_deployment(self, id_: str, slots: int | None, now: int, *, limit_id: str) -> None:
        """How many of its runs may run at once; None for no limit. ``limit_id`` is for a limit that is new."""
        with self._connections.writing() as session:
            set_limit(session, id_, slots, now, limit_id=limit_id)

    def link_limit(self, id_: str, limit_id: str | None) -> None:
        """Let a deployment's runs take slots of a limit that others may share. Raises MissingError."""
        with self._connections.writing() as session:
            known = "SELECT 1 FROM concurrency_limit WHERE id = :id"
            if limit_id is not None and not scalar(session, known, {"id": limit_id}):
                raise MissingError(f"no global concurrency limit has the id {limit_id}")
            forget_limit(session, id_)
            _DEPLOYMENTS.update(session, id_, {}, concurrency_limit_id=limit_id)

    def withdraw_part_of_waiting_runs(self, id_: str, *, limit: int = PART) -> bool:
        """Delete up to ``limit`` of its runs that wait for their time, whoever asked for them; whether none is left."""
        with self._connections.writing() as session:
            return scheduled_runs.withdraw(session, id_, also_asked_for=True, most=limit)

    def delete_part_of_deployment(self, id_: str, *, limit: int = PART) -> bool:
        """Delete up to ``limit`` of its runs that wait for their time; at last it, with its schedules and its limit.

        Whether it is gone. Raises MissingError.
        """
        with self._connections.writing() as session:
            if not scheduled_runs.withdraw(session, id_, also_asked_for=True, most=limit):
                return False
            forget_limit(session, id_)
            if not _DEPLOYMENTS.delete(session, id_):
                raise no_deployment(id_)
            return True

    def ids_of_deployments(self, wanted: Wanted, *, limit: int) -> list[str]:
        """The ids of those for which all filters hold."""
        bindings = Bindings()
        with self._connections.reading() as session:
            where = conditions("deployment", wanted, bindings)
            sql = f"SELECT deployment.id FROM deployment WHERE {where} ORDER BY deployment.id LIMIT :most"
            return [row[0] for row in all_rows(session, sql, {**bindings, "most": limit})]

    def labels_of_flow(self, flow_id: str) -> dict[str, Any]:
        """The labels of its flow, which deployments and runs have too. Raises MissingError."""
        with self._connections.reading() as session:
            found = one_row(session, "SELECT labels FROM flow WHERE id = :id", {"id": flow_id})
        if found is None:
            raise MissingError(f"no flow has the id {flow_id}. Make it first: POST /api/flows/")
        labels: dict[str, Any] = msgspec.json.decode(found[0])
        return labels


def no_deployment(handle: str) -> MissingError:
    """What to say where there is no such deployment."""
    return MissingError(f"no deployment '{handle}'. List them with: tidemill deployment ls")


def _read(
    session: Session, where: str, bindings: Mapping[str, Any], now: int, patience: Patience
) -> list[DeploymentResponse]:
    rows = all_rows(session, f"{_READ} WHERE {where}", bindings)
    limits = limits_by_id(session, {row[-1] for row in rows if row[-1] is not None}, now)
    found = [_answered(row, limits, now, patience) for row in rows]
    schedules = schedules_of(session, [deployment.id for deployment in found])
    for deployment in found:
        deployment.schedules = schedules.get(deployment.id, [])
    return found


def _answered(
    row: Sequence[Any], limits: Mapping[str, GlobalConcurrencyLimitResponse], now: int, patience: Patience
) -> DeploymentResponse:
    deployment = _DEPLOYMENTS.thing(row[:-4])
    deployment.work_queue_name, deployment.work_pool_name, queue_polled, limit_id = row[-4:]
    deployment.global_concurrency_limit = limits.get(limit_id)
    if queue_polled is not None:  # who polls the queue polls all its deployments
        seen = from_us(queue_polled)
        deployment.last_polled = seen if deployment.last_polled is None else max(deployment.last_polled, seen)
    polled = None if deployment.last_polled is None else to_us(deployment.last_polled)
    ready = was_polled(polled, now, patience.deployment)
    deployment.status = DeploymentStatus.READY if ready else DeploymentStatus.NOT_READY
    return deployment
