@postgres(DROP FUNCTION numbers_of(text);
DROP FUNCTION texts_of(text);)
DROP TABLE flow_run_tally;
CREATE TABLE flow_run_tally (
    bucket       INTEGER NOT NULL,
    state_type   TEXT NOT NULL,
    state_name   TEXT NOT NULL,
    below        INTEGER NOT NULL,
    writer       INTEGER NOT NULL,
    workspace_id INTEGER NOT NULL DEFAULT 1,
    runs         INTEGER NOT NULL,
    ran_us       INTEGER NOT NULL,
    late_us      INTEGER NOT NULL,
    first_us     INTEGER NOT NULL,
    last_us      INTEGER NOT NULL,
    PRIMARY KEY (bucket, state_type, state_name, below, writer)
) STRICT, WITHOUT ROWID;

INSERT INTO flow_run_tally
SELECT expected_start_us / 1800000000, state_type, state_name, CASE WHEN parent_task_run_id IS NULL THEN 0 ELSE 1 END, 0, 1,
    count(*), CAST(@least(@total(total_run_time_us), 9000000000000000000) AS INTEGER),
    CAST(@least(@total(@greatest(0, coalesce(start_us, expected_start_us) - expected_start_us)), 9000000000000000000) AS INTEGER),
    min(expected_start_us), max(expected_start_us)
FROM flow_run WHERE flow_run.end_us IS NOT NULL AND flow_run.state_type IN ('COMPLETED', 'FAILED', 'CANCELLED', 'CRASHED') GROUP BY 1, 2, 3, 4;
