"""Automations: what is done when events say so. They are kept here, and judged by what ``triggers.py`` has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tidemill.store.access.base import Access
from tidemill.store.asking import scalar
from tidemill.store.errors import MissingError
from tidemill.store.finding import Bindings, Noun, tags
from tidemill.store.tables import Table
from tidemill.wire.automations import Automation, AutomationSort, RunDeployment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidemill.store.session import Session
    from tidemill.wire.filters import AutomationFilter

#: How they are kept.
AUTOMATIONS: Final = Table("automation", Automation, columns={"trigger": "trigger_"})
_NOUN: Final = Noun(
    {
        "id": "automation.id",
        "name": "automation.name",
        "created": "automation.created_us",
        "tags": tags("automation.tags"),
    }
)
_ORDERS: Final = {
    AutomationSort.CREATED_DESC: "automation.created_us DESC, automation.id DESC",
    AutomationSort.UPDATED_DESC: "automation.updated_us DESC, automation.id DESC",
    AutomationSort.NAME_ASC: "automation.name, automation.id",
    AutomationSort.NAME_DESC: "automation.name DESC, automation.id DESC",
}
_OF_RESOURCE: Final = """
automation.id IN (SELECT automation_id FROM automation_resource WHERE resource_id = :resource{})
ORDER BY automation.name, automation.id
"""
_RELATE: Final = """
INSERT INTO automation_resource (automation_id, resource_id, owned) VALUES (:id, :resource, :owned)
ON CONFLICT (automation_id, resource_id) DO NOTHING
"""


class Automations(Access):
    """Keeping automations."""

    def create_automation(self, automation: Automation, owner: str | None = None) -> None:
        """``owner``: the resource together with which it is deleted."""
        with self._connections.writing() as session:
            AUTOMATIONS.insert(session, automation, watched_from=_here(session))
            if owner is not None:
                session.execute(_RELATE, {"id": automation.id, "resource": owner, "owned": 1})
            _relate_to_deployments(session, automation)

    def read_automation(self, id_: str) -> Automation:
        """Raises MissingError if there is none."""
        with self._connections.reading() as session:
            return _one(session, id_)

    def find_automations(
        self, wanted: AutomationFilter | None = None, *, sort: AutomationSort, limit: int, offset: int = 0
    ) -> list[Automation]:
        """Those for which the filter holds."""
        bindings = Bindings()
        where = _NOUN.where(wanted, bindings)
        tail = f"ORDER BY {_ORDERS[sort]} LIMIT {bindings.bind(limit)} OFFSET {bindings.bind(offset)}"
        with self._connections.reading() as session:
            return AUTOMATIONS.read(session, f"{where} {tail}", bindings)

    def count_automations(self, wanted: AutomationFilter | None = None) -> int:
        """How many there are for which the filter holds."""
        bindings = Bindings()
        sql = f"SELECT count(*) FROM automation WHERE {_NOUN.where(wanted, bindings)}"
        with self._connections.reading() as session:
            return int(scalar(session, sql, bindings))

    def automations_related_to(self, resource_id: str) -> list[Automation]:
        """Those that have to do with a resource, by name."""
        with self._connections.reading() as session:
            return AUTOMATIONS.read(session, _OF_RESOURCE.format(""), {"resource": resource_id})

    def update_automation(self, id_: str, changes: Mapping[str, Any], now: int) -> None:
        """Change the fields that are named; what its triggers remember is forgotten. Raises MissingError."""
        with self._connections.writing() as session:
            if not AUTOMATIONS.update(session, id_, changes, updated_us=now, watched_from=_here(session)):
                raise _missing(id_)
            session.execute("DELETE FROM automation_bucket WHERE automation_id = :id", {"id": id_})
            session.execute("DELETE FROM automation_resource WHERE automation_id = :id AND owned = 0", {"id": id_})
            _relate_to_deployments(session, _one(session, id_))

    def delete_automation(self, id_: str) -> None:
        """Raises MissingError if there is none."""
        with self._connections.writing() as session:
            if not AUTOMATIONS.delete(session, id_):
                raise _missing(id_)

    def delete_automations_owned_by(self, resource_id: str) -> None:
        """All that are deleted together with a resource."""
        owned = "SELECT automation_id FROM automation_resource WHERE resource_id = :resource AND owned = 1"
        with self._connections.writing() as session:
            session.execute(f"DELETE FROM automation WHERE id IN ({owned})", {"resource": resource_id})


def _relate_to_deployments(session: Session, automation: Automation) -> None:
    for action in automation.actions:
        if isinstance(action, RunDeployment) and action.deployment_id is not None:
            resource = f"prefect.deployment.{action.deployment_id}"
            session.execute(_RELATE, {"id": automation.id, "resource": resource, "owned": 0})


def _here(session: Session) -> int:
    """The position behind all events that there are: those that come are judged."""
    return int(scalar(session, "SELECT @handed_out(event)"))


def _one(session: Session, id_: str) -> Automation:
    found = AUTOMATIONS.one(session, "automation.id = :id", {"id": id_})
    if found is None:
        raise _missing(id_)
    return found


def _missing(id_: str) -> MissingError:
    return MissingError(f"no automation '{id_}'")
