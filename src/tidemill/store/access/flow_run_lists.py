"""Flow runs as they are answered over REST: by id, by filter, counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tidemill.store.access.base import Access
from tidemill.store.asking import all_rows, scalar
from tidemill.store.errors import MissingError
from tidemill.store.finding import Bindings
from tidemill.store.flow_run_answers import SELECTED, STATE_JOINED, flow_run, with_pools
from tidemill.store.histories import counted, is_counted
from tidemill.store.nouns import Wanted
from tidemill.store.picking import Listing, Order, page
from tidemill.store.tag_lists import flow_run_conditions
from tidemill.wire.flow_runs import FlowRunResponse, FlowRunSort

if TYPE_CHECKING:
    from tidemill.store.session import Session

ALL_RUNS: Final = Wanted()
_BEGUN: Final = "coalesce(flow_run.start_us, flow_run.expected_start_us)"
ORDERS: Final = {
    FlowRunSort.ID_DESC: Order("flow_run.id DESC"),
    FlowRunSort.START_TIME_ASC: Order(f"{_BEGUN} ASC, flow_run.seq ASC"),
    FlowRunSort.START_TIME_DESC: Order(f"{_BEGUN} DESC, flow_run.seq DESC"),
    FlowRunSort.EXPECTED_START_TIME_ASC: Order("flow_run.expected_start_us ASC, flow_run.seq ASC"),
    FlowRunSort.EXPECTED_START_TIME_DESC: Order("flow_run.expected_start_us DESC, flow_run.seq DESC"),
    FlowRunSort.NAME_ASC: Order("flow_run.name ASC, flow_run.seq ASC"),
    FlowRunSort.NAME_DESC: Order("flow_run.name DESC, flow_run.seq DESC"),
    FlowRunSort.NEXT_SCHEDULED_START_TIME_ASC: Order(
        "flow_run.next_scheduled_start_us ASC NULLS LAST, flow_run.seq ASC",
        last=("flow_run.next_scheduled_start_us", "flow_run.seq ASC"),
    ),
    FlowRunSort.END_TIME_DESC: Order(
        "flow_run.end_us DESC NULLS LAST, flow_run.seq DESC", last=("flow_run.end_us", "flow_run.seq DESC")
    ),
}
_LISTING: Final = Listing("flow_run", SELECTED, STATE_JOINED)
_EPOCH: Final = """
SELECT root.epoch FROM flow_run JOIN flow_run AS root ON root.id = flow_run.root_flow_run_id WHERE flow_run.id = :id
"""


class FlowRunLists(Access):
    """Asking for flow runs as they are answered. ``now`` is until when a running run has run, in microseconds."""

    def get_flow_run(self, flow_run_id: str, now: int) -> FlowRunResponse:
        """Raises MissingError if there is none of this id."""
        with self._connections.reading() as session:
            return one_flow_run(session, flow_run_id, now)

    def list_flow_runs(
        self,
        wanted: Wanted = ALL_RUNS,
        *,
        now: int,
        limit: int,
        offset: int = 0,
        sort: FlowRunSort = FlowRunSort.ID_DESC,
    ) -> list[FlowRunResponse]:
        """Those for which all filters hold."""
        bindings = Bindings()
        with self._connections.reading() as session:
            where = flow_run_conditions(session, wanted, bindings)
            rows = page(session, _LISTING, where, bindings, ORDERS[sort], limit=limit, offset=offset)
            return with_pools(session, [flow_run(row, now) for row in rows])

    def count_listed_flow_runs(self, wanted: Wanted = ALL_RUNS) -> int:
        """How many there are for which all filters hold."""
        bindings, asked = Bindings(), wanted.flow_runs
        with self._connections.reading() as session:
            # whether a task run called stands in no index with the state: a row each would be looked at
            if asked and asked.parent_task_run_id and not asked.expected_start_time and is_counted(wanted):
                return counted(session, asked)
            where = flow_run_conditions(session, wanted, bindings)
            return int(scalar(session, f"@by_values(SELECT count(*) FROM flow_run WHERE {where})", bindings))

    def is_embedded(self, flow_run_id: str) -> bool:
        """Whether the run belongs to a root that a process holds, or held, under an epoch: it reports by journal."""
        with self._connections.reading() as session:
            return bool(scalar(session, _EPOCH, {"id": flow_run_id}))

    def ids_of_flow_runs(self, wanted: Wanted, *, limit: int) -> list[str]:
        """The ids of those for which all filters hold."""
        bindings = Bindings()
        with self._connections.reading() as session:
            where = flow_run_conditions(session, wanted, bindings)
            sql = f"SELECT flow_run.id FROM flow_run WHERE {where} ORDER BY flow_run.id LIMIT {bindings.bind(limit)}"
            return [id_ for (id_,) in all_rows(session, sql, bindings)]


def one_flow_run(session: Session, flow_run_id: str, now: int) -> FlowRunResponse:
    """As it is answered. Raises MissingError."""
    sql = f"SELECT {SELECTED} FROM flow_run {STATE_JOINED} WHERE flow_run.id = :id"
    found = [flow_run(row, now) for row in all_rows(session, sql, {"id": flow_run_id})]
    if not found:
        raise no_flow_run(flow_run_id)
    return with_pools(session, found)[0]


def no_flow_run(flow_run_id: str) -> MissingError:
    """There is none of this id."""
    return MissingError(f"no flow run has the id {flow_run_id}. List them with: tidemill flow-run ls")
