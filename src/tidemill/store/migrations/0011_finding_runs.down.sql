DROP INDEX task_run_expected;
DROP INDEX flow_run_tags;
DROP INDEX flow_run_queue;
DROP INDEX flow_run_by_state;
