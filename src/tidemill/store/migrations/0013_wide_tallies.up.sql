-- What is summed up over runs is REAL: exact to 2^53 us, 285 years together, and no absurd times of many runs, however
-- often they are counted and taken back, make a sum that is too great to be kept, for which a run could not end. The
-- triggers of step 12 stay as they are; what there is, is counted again.
DROP TABLE flow_run_tally;
CREATE TABLE flow_run_tally (
    bucket       INTEGER NOT NULL,
    state_type   TEXT NOT NULL,
    state_name   TEXT NOT NULL,
    below        INTEGER NOT NULL,
    writer       INTEGER NOT NULL,
    workspace_id INTEGER NOT NULL DEFAULT 1,
    runs         INTEGER NOT NULL,
    ran_us       REAL NOT NULL,
    late_us      REAL NOT NULL,
    first_us     INTEGER NOT NULL,
    last_us      INTEGER NOT NULL,
    PRIMARY KEY (bucket, state_type, state_name, below, writer)
) STRICT, WITHOUT ROWID;

INSERT INTO flow_run_tally
SELECT expected_start_us / 1800000000, state_type, state_name, CASE WHEN parent_task_run_id IS NULL THEN 0 ELSE 1 END, 0, 1,
    count(*), @total(total_run_time_us), @total(@greatest(0, coalesce(start_us, expected_start_us) - expected_start_us)),
    min(expected_start_us), max(expected_start_us)
FROM flow_run WHERE flow_run.end_us IS NOT NULL AND flow_run.state_type IN ('COMPLETED', 'FAILED', 'CANCELLED', 'CRASHED') GROUP BY 1, 2, 3, 4;

-- The values of a list that is bound as JSON. IMMUTABLE, so that a statement that is planned for its values knows how many
-- rows have them; where it is planned for any values, this would be asked for every row.
@postgres(
CREATE FUNCTION texts_of(text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS 'SELECT ARRAY(SELECT json_array_elements_text($1::json))';
CREATE FUNCTION numbers_of(text) RETURNS bigint[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS 'SELECT ARRAY(SELECT json_array_elements_text($1::json)::bigint)';
)
