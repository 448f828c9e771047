"""What services ask again and again goes by the index that is made for it: nothing to do costs nothing."""

from __future__ import annotations

import pytest

from tests.store.conformance.story import NOW
from tidemill.store import neglected, retention, unheard
from tidemill.store.access import schedule_looks, triggers
from tidemill.store.asking import all_rows
from tidemill.store.sqlite.connections import MemoryConnections

GIVEN = {"before": NOW, "now": NOW, "most": 10, "cancelled": 1, "after": "", "id": "x", "resource": "x", "name": "x"}
GIVEN |= {"root": "x", "since": NOW, "latest": NOW, "longest_lease": NOW, "reader": "x"}
INDEXES = {
    neglected._OVERDUE: "flow_run USING INDEX flow_run_may_be_late (state_type=? AND state_name=? AND",
    neglected._PAUSED: "flow_run USING INDEX flow_run_by_state (state_type=?)",
    neglected._CANCELLING: "flow_run USING INDEX flow_run_by_state (state_type=?)",
    neglected._CLAIMED: "flow_run USING INDEX flow_run_by_state (state_type=?)",
    neglected._RUNNING: "flow_run USING INDEX flow_run_by_state (state_type=?)",
    neglected._LEFT_TASK_RUNS: "task_run USING INDEX task_run_unfinished (holder=?)",
    neglected._LEFT_FLOW_RUNS: "child USING INDEX flow_run_told_child (end_us=? AND holder=?)",
    neglected._BEATS: "event USING INDEX event_resource_id (resource_id=?)",
    unheard._FLOW_RUNS: "flow_run USING INDEX flow_run_by_state (state_type=?)",
    unheard._TASK_RUNS: "task_run USING INDEX task_run_unfinished (holder=?)",
    unheard._HEARD_OF_TREE: "log USING INDEX log_flow_run (flow_run_id=?)",
    unheard._HEARD_OF_TASK: "log USING INDEX log_task_run (task_run_id=?)",
    schedule_looks._DUE: "deployment_schedule USING INDEX deployment_schedule_look (next_look_us<?)",
    retention._LOGGED: "SEARCH log USING COVERING INDEX log_flow_run (flow_run_id>?)",
    schedule_looks._NEXT: "deployment_schedule USING COVERING INDEX deployment_schedule_look",
    triggers._OVERVIEW: "automation USING COVERING INDEX automation_watched",
    triggers._DUE: "automation_bucket USING INDEX automation_bucket_due (due_us>? AND due_us<?)",
}


@pytest.mark.parametrize("sql", INDEXES)
def test_goes_by_its_index(sql):
    connections = MemoryConnections()
    with connections.reading() as session:
        plan = [detail for *_, detail in all_rows(session, f"EXPLAIN QUERY PLAN {sql}", GIVEN)]
    connections.close()

    assert any(INDEXES[sql] in step for step in plan), plan
