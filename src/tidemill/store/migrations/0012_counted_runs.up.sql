-- How many runs that are over there are, how long they ran and how late they began: by half an hour of when they
-- were expected (1800000000 us), by state, and by whether a task run called them (below). What a history of many runs is
-- summed up from. Triggers keep it, in the transaction that sets end_us: so whatever makes a run over, or changes one that
-- is, sets that column in the same UPDATE, and an INSERT leaves it NULL. writer: on PostgreSQL many transactions write at
-- a time, so each connection counts in rows of its own, and the sum is the number; on SQLite it is 0. first_us and
-- last_us are the bounds of when the runs were expected, or wider.
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

DROP INDEX flow_run_state_type;

@sqlite(
CREATE TRIGGER flow_run_no_more_over AFTER UPDATE OF end_us ON flow_run
WHEN OLD.end_us IS NOT NULL AND OLD.state_type IN ('COMPLETED', 'FAILED', 'CANCELLED', 'CRASHED') BEGIN
    INSERT INTO flow_run_tally
    VALUES (OLD.expected_start_us / 1800000000, OLD.state_type, OLD.state_name, CASE WHEN OLD.parent_task_run_id IS NULL THEN 0 ELSE 1 END, 0, 1,
        -1, -OLD.total_run_time_us, -@greatest(0, coalesce(OLD.start_us, OLD.expected_start_us) - OLD.expected_start_us),
        OLD.expected_start_us, OLD.expected_start_us)
    ON CONFLICT (bucket, state_type, state_name, below, writer) DO UPDATE SET
        runs = flow_run_tally.runs + excluded.runs, ran_us = flow_run_tally.ran_us + excluded.ran_us,
        late_us = flow_run_tally.late_us + excluded.late_us,
        first_us = @least(flow_run_tally.first_us, excluded.first_us),
        last_us = @greatest(flow_run_tally.last_us, excluded.last_us);
    DELETE FROM flow_run_tally WHERE bucket = OLD.expected_start_us / 1800000000 AND state_type = OLD.state_type
        AND state_name = OLD.state_name AND below = CASE WHEN OLD.parent_task_run_id IS NULL THEN 0 ELSE 1 END AND writer = 0
        AND runs = 0 AND ran_us = 0 AND late_us = 0;
END;
CREATE TRIGGER flow_run_over AFTER UPDATE OF end_us ON flow_run
WHEN NEW.end_us IS NOT NULL AND NEW.state_type IN ('COMPLETED', 'FAILED', 'CANCELLED', 'CRASHED') BEGIN
    INSERT INTO flow_run_tally
    VALUES (NEW.expected_start_us / 1800000000, NEW.state_type, NEW.state_name, CASE WHEN NEW.parent_task_run_id IS NULL THEN 0 ELSE 1 END, 0, 1,
        1, NEW.total_run_time_us, @greatest(0, coalesce(NEW.start_us, NEW.expected_start_us) - NEW.expected_start_us),
        NEW.expected_start_us, NEW.expected_start_us)
    ON CONFLICT (bucket, state_type, state_name, below, writer) DO UPDATE SET
        runs = flow_run_tally.runs + excluded.runs, ran_us = flow_run_tally.ran_us + excluded.ran_us,
        late_us = flow_run_tally.late_us + excluded.late_us,
        first_us = @least(flow_run_tally.first_us, excluded.first_us),
        last_us = @greatest(flow_run_tally.last_us, excluded.last_us);
END;
CREATE TRIGGER flow_run_over_gone AFTER DELETE ON flow_run
WHEN OLD.end_us IS NOT NULL AND OLD.state_type IN ('COMPLETED', 'FAILED', 'CANCELLED', 'CRASHED') BEGIN
    INSERT INTO flow_run_tally
    VALUES (OLD.expected_start_us / 1800000000, OLD.state_type, OLD.state_name, CASE WHEN OLD.parent_task_run_id IS NULL THEN 0 ELSE 1 END, 0, 1,
        -1, -OLD.total_run_time_us, -@greatest(0, coalesce(OLD.start_us, OLD.expected_start_us) - OLD.expected_start_us),
        OLD.expected_start_us, OLD.expected_start_us)
    ON CONFLICT (bucket, state_type, state_name, below, writer) DO UPDATE SET
        runs = flow_run_tally.runs + excluded.runs, ran_us = flow_run_tally.ran_us + excluded.ran_us,
        late_us = flow_run_tally.late_us + excluded.late_us,
        first_us = @least(flow_run_tally.first_us, excluded.first_us),
        last_us = @greatest(flow_run_tally.last_us, excluded.last_us);
    DELETE FROM flow_run_tally WHERE bucket = OLD.expected_start_us / 1800000000 AND state_type = OLD.state_type
        AND state_name = OLD.state_name AND below = CASE WHEN OLD.parent_task_run_id IS NULL THEN 0 ELSE 1 END AND writer = 0
        AND runs = 0 AND ran_us = 0 AND late_us = 0;
END;
)
@postgres(
CREATE FUNCTION flow_run_tallied() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF OLD.end_us IS NOT NULL AND OLD.state_type IN ('COMPLETED', 'FAILED', 'CANCELLED', 'CRASHED') THEN
    INSERT INTO flow_run_tally
    VALUES (OLD.expected_start_us / 1800000000, OLD.state_type, OLD.state_name, CASE WHEN OLD.parent_task_run_id IS NULL THEN 0 ELSE 1 END, pg_backend_pid(), 1,
        -1, -OLD.total_run_time_us, -@greatest(0, coalesce(OLD.start_us, OLD.expected_start_us) - OLD.expected_start_us),
        OLD.expected_start_us, OLD.expected_start_us)
    ON CONFLICT (bucket, state_type, state_name, below, writer) DO UPDATE SET
        runs = flow_run_tally.runs + excluded.runs, ran_us = flow_run_tally.ran_us + excluded.ran_us,
        late_us = flow_run_tally.late_us + excluded.late_us,
        first_us = @least(flow_run_tally.first_us, excluded.first_us),
        last_us = @greatest(flow_run_tally.last_us, excluded.last_us);
    DELETE FROM flow_run_tally WHERE bucket = OLD.expected_start_us / 1800000000 AND state_type = OLD.state_type
        AND state_name = OLD.state_name AND below = CASE WHEN OLD.parent_task_run_id IS NULL THEN 0 ELSE 1 END AND writer = pg_backend_pid()
        AND runs = 0 AND ran_us = 0 AND late_us = 0;
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.end_us IS NOT NULL AND NEW.state_type IN ('COMPLETED', 'FAILED', 'CANCELLED', 'CRASHED') THEN
    INSERT INTO flow_run_tally
    VALUES (NEW.expected_start_us / 1800000000, NEW.state_type, NEW.state_name, CASE WHEN NEW.parent_task_run_id IS NULL THEN 0 ELSE 1 END, pg_backend_pid(), 1,
        1, NEW.total_run_time_us, @greatest(0, coalesce(NEW.start_us, NEW.expected_start_us) - NEW.expected_start_us),
        NEW.expected_start_us, NEW.expected_start_us)
    ON CONFLICT (bucket, state_type, state_name, below, writer) DO UPDATE SET
        runs = flow_run_tally.runs + excluded.runs, ran_us = flow_run_tally.ran_us + excluded.ran_us,
        late_us = flow_run_tally.late_us + excluded.late_us,
        first_us = @least(flow_run_tally.first_us, excluded.first_us),
        last_us = @greatest(flow_run_tally.last_us, excluded.last_us);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER flow_run_over AFTER UPDATE OF end_us ON flow_run FOR EACH ROW
    WHEN (OLD.end_us IS NOT NULL OR NEW.end_us IS NOT NULL) EXECUTE FUNCTION flow_run_tallied();
CREATE TRIGGER flow_run_over_gone AFTER DELETE ON flow_run FOR EACH ROW
    WHEN (OLD.end_us IS NOT NULL) EXECUTE FUNCTION flow_run_tallied();
)

INSERT INTO flow_run_tally
SELECT expected_start_us / 1800000000, state_type, state_name, CASE WHEN parent_task_run_id IS NULL THEN 0 ELSE 1 END, 0, 1,
    count(*), sum(total_run_time_us), sum(@greatest(0, coalesce(start_us, expected_start_us) - expected_start_us)),
    min(expected_start_us), max(expected_start_us)
FROM flow_run WHERE flow_run.end_us IS NOT NULL AND flow_run.state_type IN ('COMPLETED', 'FAILED', 'CANCELLED', 'CRASHED') GROUP BY 1, 2, 3, 4;
