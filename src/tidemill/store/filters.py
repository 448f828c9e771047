"""From conditions to SQL. A noun says which of its fields can be asked for, and by which column."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

from tidemill.domain.names import clean_text
from tidemill.domain.runs import Operator
from tidemill.domain.states import to_us
from tidemill.exceptions import InputError
from tidemill.store.comparing import COMPARISONS, LIST_COMPARISONS, comparison, list_comparison, part_of
from tidemill.store.errors import StoreError
from tidemill.store.fields import bound
from tidemill.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tidemill.domain.runs import Condition, Order


class UnknownFieldError(StoreError, InputError, ValueError):
    """A condition or an order names a field that cannot be asked for."""


class Noun(msgspec.Struct, frozen=True):
    """What can be asked about one kind of thing.

    ``within`` fields live in a table that is asked first; ``optional`` ones may have no value.
    """

    name: str
    fields: Mapping[str, str]
    within: Mapping[str, tuple[str, str]] = {}
    optional: frozenset[str] = frozenset()

    def where(self, conditions: Sequence[Condition]) -> tuple[str, list[Any]]:
        """The conditions as SQL, and what to bind."""
        parts = [self._one(condition) for condition in conditions]
        return " AND ".join(sql for sql, _ in parts) or "true", [value for _, value in parts]

    def _one(self, condition: Condition) -> tuple[str, Any]:
        if condition.field in self.within:
            column, around = self.within[condition.field]
        else:
            column, around = self._column(condition.field), "{}"
        of_list = condition.field == "tags"
        if condition.operator not in (LIST_COMPARISONS if of_list else COMPARISONS):
            raise UnknownFieldError(
                f"{self.name} cannot be filtered with '{condition.operator}' on '{condition.field}'"
            )
        if of_list:
            sql = list_comparison(condition.operator, column, "?", asks_for_some=bool(condition.value))
        else:
            sql = comparison(condition.operator, column, "?")
        return around.format(sql), _bindable(condition.operator, condition.value)

    def _column(self, field: str) -> str:
        try:
            return self.fields[field]
        except KeyError:
            known = [*self.fields, *self.within]
            hint = did_you_mean(field, known) or f"; known: {', '.join(known)}"
            raise UnknownFieldError(f"{self.name} cannot be asked for '{field}'{hint}") from None

    def order_by(self, order: Order, key: str) -> str:
        """The order as SQL, made total by ``key``."""
        direction = "DESC" if order.descending else "ASC"
        nulls = f" NULLS {'LAST' if order.descending else 'FIRST'}" if order.field in self.optional else ""
        return f"{self._column(order.field)} {direction}{nulls}, {key} {direction}"


def _bindable(operator: Operator, value: Any) -> Any:
    if operator in (Operator.ANY, Operator.NOT_ANY, Operator.ALL):
        return bound([_plain(one) for one in value])
    if operator is Operator.LIKE:
        return part_of(clean_text(str(value)))
    return _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return to_us(value)
    if isinstance(value, str):
        return clean_text(value)  # as it was when it was recorded
    return int(value) if isinstance(value, bool) else value


FLOW_RUNS: Final = Noun(
    "a flow run",
    {
        "id": "flow_run.id",
        "name": "flow_run.name",
        "flow_id": "flow_run.flow_id",
        "root_flow_run_id": "flow_run.root_flow_run_id",
        "parent_task_run_id": "flow_run.parent_task_run_id",
        "deployment_id": "flow_run.deployment_id",
        "state_type": "flow_run.state_type",
        "state_name": "flow_run.state_name",
        "tags": "flow_run.tags",
        "holder": "flow_run.holder",
        "created": "flow_run.created_us",
        "expected_start_time": "flow_run.expected_start_us",
        "start_time": "flow_run.start_us",
        "end_time": "flow_run.end_us",
    },
    {"flow_name": ("name", "flow_run.flow_id IN (SELECT id FROM flow WHERE {})")},
    frozenset({"parent_task_run_id", "deployment_id", "state_type", "state_name", "holder", "start_time", "end_time"}),
)
TASK_RUNS: Final = Noun(
    "a task run",
    {
        "id": "task_run.id",
        "name": "task_run.name",
        "flow_run_id": "task_run.flow_run_id",
        "task_key": "task_run.task_key",
        "state_type": "task_run.state_type",
        "state_name": "task_run.state_name",
        "tags": "task_run.tags",
        "created": "task_run.created_us",
        "start_time": "task_run.start_us",
        "end_time": "task_run.end_us",
        "position": "task_run.seq",
    },
    optional=frozenset({"flow_run_id", "start_time", "end_time"}),
)
LOGS: Final = Noun(
    "a log line",
    {
        "flow_run_id": "log.flow_run_id",
        "task_run_id": "log.task_run_id",
        "level": "log.level",
        "timestamp": "log.timestamp_us",
        "message": "log.message",
        "position": "log.seq",
    },
    optional=frozenset({"flow_run_id", "task_run_id"}),
)
