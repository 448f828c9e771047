-- Flow runs by state, with all that a history sums up, so that it need not look at the rows; by queue; by tags, of which
-- there are mostly few different lists (their beginnings, since PostgreSQL keeps no long keys). Task runs by when they
-- are expected, for lists of all of them.
CREATE INDEX flow_run_by_state
    ON flow_run (state_type, state_name, expected_start_us, start_us, total_run_time_us, state_us);
CREATE INDEX flow_run_queue ON flow_run (work_queue_id, expected_start_us) WHERE work_queue_id IS NOT NULL;
CREATE INDEX flow_run_tags ON flow_run (substr(tags, 1, 500)) WHERE tags <> '[]';
CREATE INDEX task_run_expected ON task_run (coalesce(expected_start_us, created_us));
