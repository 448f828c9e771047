-- What clients of the REST API say about runs, beyond what a journal says.
--
-- Of a flow run: under which key it was asked for (one run for each key of a flow), from which queue a worker takes it,
-- what was started for it, when it is due next. flow_run_state.data is the result as a client told it, JSON text.
ALTER TABLE flow ADD COLUMN updated_us INTEGER;

ALTER TABLE flow_run ADD COLUMN idempotency_key TEXT;
ALTER TABLE flow_run ADD COLUMN work_queue_id TEXT;
ALTER TABLE flow_run ADD COLUMN work_queue_name TEXT;
ALTER TABLE flow_run ADD COLUMN infrastructure_pid TEXT;
ALTER TABLE flow_run ADD COLUMN infrastructure_document_id TEXT;
ALTER TABLE flow_run ADD COLUMN created_by TEXT;
ALTER TABLE flow_run ADD COLUMN auto_scheduled INTEGER NOT NULL DEFAULT 0;
ALTER TABLE flow_run ADD COLUMN next_scheduled_start_us INTEGER;
ALTER TABLE flow_run ADD COLUMN context TEXT NOT NULL DEFAULT '{}';
ALTER TABLE flow_run ADD COLUMN job_variables TEXT;
ALTER TABLE flow_run ADD COLUMN deployment_version TEXT;

ALTER TABLE flow_run_state ADD COLUMN data TEXT;

CREATE UNIQUE INDEX flow_run_idempotency ON flow_run (flow_id, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX flow_run_deployment ON flow_run (deployment_id, expected_start_us) WHERE deployment_id IS NOT NULL;
CREATE INDEX flow_run_next_start ON flow_run (next_scheduled_start_us) WHERE next_scheduled_start_us IS NOT NULL;
CREATE INDEX flow_run_begun ON flow_run (coalesce(start_us, expected_start_us));
CREATE INDEX flow_run_over ON flow_run (end_us);

-- A task run that is told by a client of the REST API (told is 1) is one for each flow run, task and dynamic key. An
-- element of its past_states may have two parts more: the state's id and its data. state_id and state_data are those of
-- the present state; without one, a state's id follows from the task run's (store/rows.py).
ALTER TABLE task_run ADD COLUMN told INTEGER NOT NULL DEFAULT 0;
ALTER TABLE task_run ADD COLUMN cache_key TEXT;
ALTER TABLE task_run ADD COLUMN cache_expiration_us INTEGER;
ALTER TABLE task_run ADD COLUMN labels TEXT NOT NULL DEFAULT '{}';
ALTER TABLE task_run ADD COLUMN expected_start_us INTEGER;
ALTER TABLE task_run ADD COLUMN next_scheduled_start_us INTEGER;
ALTER TABLE task_run ADD COLUMN state_id TEXT;
ALTER TABLE task_run ADD COLUMN state_data TEXT;

CREATE UNIQUE INDEX task_run_told ON task_run (coalesce(flow_run_id, ''), task_key, dynamic_key) WHERE told = 1;

-- Completed states by the key under which their results are kept, for the rule that looks them up. expires_us is NULL
-- for ever. state is JSON: [name, message, details, data].
CREATE TABLE task_run_state_cache (
    seq          INTEGER PRIMARY KEY,
    workspace_id INTEGER NOT NULL DEFAULT 1 REFERENCES workspace (id),
    cache_key    TEXT NOT NULL,
    expires_us   INTEGER,
    state_id     TEXT NOT NULL,
    state_us     INTEGER NOT NULL,
    state        TEXT NOT NULL
) STRICT;

CREATE INDEX task_run_state_cache_key ON task_run_state_cache (workspace_id, cache_key);
