"""Flow runs as they are answered over REST: by id, by filter, counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tidemill.store.access.base import Access
from tidemill.store.asking import all_rows, scalar
from tidemill.store.errors import MissingError
from tidemill.store.finding import Bindings
from tidemill.store.flow_run_answers import SELECTED, STATE_JOINED, flow_run, with_pools
from tidemill.store.nouns import Wanted, conditions
from tidemill.wire.flow_runs import FlowRunResponse, FlowRunSort

if TYPE_CHECKING:
    from tidemill.store.session import Session

ALL_RUNS: Final = Wanted()
_BEGUN: Final = "coalesce(flow_run.start_us, flow_run.expected_start_us)"
ORDERS: Final = {
    FlowRunSort.ID_DESC: "flow_run.id DESC",
    FlowRunSort.START_TIME_ASC: f"{_BEGUN} ASC, flow_run.seq ASC",
    FlowRunSort.START_TIME_DESC: f"{_BEGUN} DESC, flow_run.seq DESC",
    FlowRunSort.EXPECTED_START_TIME_ASC: "flow_run.expected_start_us ASC, flow_run.seq ASC",
    FlowRunSort.EXPECTED_START_TIME_DESC: "flow_run.expected_start_us DESC, flow_run.seq DESC",
    FlowRunSort.NAME_ASC: "flow_run.name ASC, flow_run.seq ASC",
    FlowRunSort.NAME_DESC: "flow_run.name DESC, flow_run.seq DESC",
    FlowRunSort.NEXT_SCHEDULED_START_TIME_ASC: "flow_run.next_scheduled_start_us ASC NULLS LAST, flow_run.seq ASC",
    FlowRunSort.END_TIME_DESC: "flow_run.end_us DESC NULLS LAST, flow_run.seq DESC",
}
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
        with self._connections.reading() as session:
            return _list(session, wanted, now, sort, limit, offset)

    def count_listed_flow_runs(self, wanted: Wanted = ALL_RUNS) -> int:
        """How many there are for which all filters hold."""
        bindings = Bindings()
        with self._connections.reading() as session:
            sql = f"SELECT count(*) FROM flow_run WHERE {conditions('flow_run', wanted, bindings)}"
            return int(scalar(session, sql, bindings))

    def is_embedded(self, flow_run_id: str) -> bool:
        """Whether the run belongs to a root that a process holds, or held, under an epoch: it reports by journal."""
        with self._connections.reading() as session:
            return bool(scalar(session, _EPOCH, {"id": flow_run_id}))

    def ids_of_flow_runs(self, wanted: Wanted, *, limit: int) -> list[str]:
        """The ids of those for which all filters hold."""
        bindings = Bindings()
        with self._connections.reading() as session:
            where = conditions("flow_run", wanted, bindings)
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


#: Orders that an index gives as long as no condition makes another index the better one.
_BY_INDEX: Final = frozenset(FlowRunSort) - {FlowRunSort.NEXT_SCHEDULED_START_TIME_ASC}


def _list(
    session: Session, wanted: Wanted, now: int, sort: FlowRunSort, limit: int, offset: int
) -> list[FlowRunResponse]:
    """Where rows must be sorted, they are picked before their states are looked up: small ones sort faster."""
    bindings = Bindings()
    where = conditions("flow_run", wanted, bindings)
    order = ORDERS[sort]
    page = f"LIMIT {bindings.bind(limit)} OFFSET {bindings.bind(offset)}"
    if where == "true" and sort in _BY_INDEX:
        sql = f"SELECT {SELECTED} FROM flow_run {STATE_JOINED} ORDER BY {order} {page}"
    else:
        picked = f"SELECT flow_run.seq AS seq FROM flow_run WHERE {where} ORDER BY {order} {page}"
        sql = (
            f"SELECT {SELECTED} FROM ({picked}) AS picked JOIN flow_run ON flow_run.seq = picked.seq {STATE_JOINED}"
            f" ORDER BY {order}"
        )
    return with_pools(session, [flow_run(row, now) for row in all_rows(session, sql, bindings)])
