-- Runs, what happened in them, and who holds them.
--
-- Read these tables freely; write through tidemill only. Conventions:
--   * every time is INTEGER microseconds since 1970, UTC (column names end in _us);
--       datetime(start_us / 1000000, 'unixepoch') shows one
--   * every id is TEXT, a UUID as it is written; every table has a workspace_id (1 is the default workspace)
--   * JSON columns are JSON text; state_type and state_name are the names of the REST API

CREATE TABLE workspace (
    id     INTEGER PRIMARY KEY,
    handle TEXT NOT NULL UNIQUE
) STRICT;

INSERT INTO workspace (id, handle) VALUES (1, 'default');
@postgres(SELECT setval(pg_get_serial_sequence('workspace', 'id'), 1);)

-- A process that writes a journal. applied_seq is the last entry of its journal that is in this database.
CREATE TABLE producer (
    id               TEXT PRIMARY KEY,
    workspace_id     INTEGER NOT NULL DEFAULT 1 REFERENCES workspace (id),
    applied_seq      INTEGER NOT NULL DEFAULT 0,
    boot_id          TEXT,
    host             TEXT,
    pid              INTEGER,
    process_start_us INTEGER,
    beat_us          INTEGER,
    lease_until_us   INTEGER,
    ended_us         INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX producer_alive ON producer (lease_until_us) WHERE ended_us IS NULL;

CREATE TABLE flow (
    id           TEXT PRIMARY KEY,
    workspace_id INTEGER NOT NULL DEFAULT 1 REFERENCES workspace (id),
    name         TEXT NOT NULL,
    tags         TEXT NOT NULL DEFAULT '[]',
    labels       TEXT NOT NULL DEFAULT '{}',
    created_us   INTEGER NOT NULL,
    UNIQUE (workspace_id, name)
) STRICT, WITHOUT ROWID;

-- One row per flow run, subflow runs included (those have root_flow_run_id <> id).
-- epoch counts the claims of a root run; what an older epoch reports is refused. holder is the producer of the last
-- claim. end_us is NULL as long as the run is not over. next_ordinal is the number of its states. parameters is what
-- people see; kept_parameters is what a resumed run is called with, in the form in which results are kept.
CREATE TABLE flow_run (
    seq                INTEGER PRIMARY KEY,
    workspace_id       INTEGER NOT NULL DEFAULT 1,
    id                 TEXT NOT NULL UNIQUE,
    root_flow_run_id   TEXT NOT NULL,
    epoch              INTEGER NOT NULL DEFAULT 0,
    holder             TEXT,
    flow_id            TEXT NOT NULL REFERENCES flow (id),
    flow_version       TEXT,
    deployment_id      TEXT,
    parent_task_run_id TEXT,
    name               TEXT NOT NULL,
    parameters         TEXT NOT NULL DEFAULT '{}',
    tags               TEXT NOT NULL DEFAULT '[]',
    labels             TEXT NOT NULL DEFAULT '{}',
    empirical_policy   TEXT NOT NULL DEFAULT '{}',
    entrypoint         TEXT,
    on_lease_lost      TEXT NOT NULL DEFAULT 'continue',
    created_us         INTEGER NOT NULL,
    expected_start_us  INTEGER NOT NULL,
    updated_us         INTEGER NOT NULL,
    start_us           INTEGER,
    end_us             INTEGER,
    total_run_time_us  INTEGER NOT NULL DEFAULT 0,
    run_count          INTEGER NOT NULL DEFAULT 0,
    next_ordinal       INTEGER NOT NULL DEFAULT 0,
    state_id           TEXT,
    state_type         TEXT,
    state_name         TEXT,
    state_us           INTEGER,
    kept_parameters    TEXT
) STRICT;

CREATE INDEX flow_run_root ON flow_run (root_flow_run_id);
CREATE INDEX flow_run_expected_start ON flow_run (expected_start_us);
CREATE INDEX flow_run_state_type ON flow_run (state_type, expected_start_us);
CREATE INDEX flow_run_flow ON flow_run (flow_id, expected_start_us);
CREATE INDEX flow_run_name ON flow_run (name);
CREATE INDEX flow_run_parent ON flow_run (parent_task_run_id) WHERE parent_task_run_id IS NOT NULL;
CREATE INDEX flow_run_ended ON flow_run (end_us) WHERE end_us IS NOT NULL AND id = root_flow_run_id;
CREATE INDEX flow_run_unfinished ON flow_run (holder) WHERE end_us IS NULL;

-- The states of a flow run in order, from ordinal 0 without a gap. result is what the state keeps of the value.
CREATE TABLE flow_run_state (
    flow_run_id  TEXT NOT NULL REFERENCES flow_run (id) ON DELETE CASCADE,
    ordinal      INTEGER NOT NULL,
    workspace_id INTEGER NOT NULL DEFAULT 1,
    id           TEXT NOT NULL,
    type         TEXT NOT NULL,
    name         TEXT NOT NULL,
    message      TEXT,
    timestamp_us INTEGER NOT NULL,
    run_count    INTEGER NOT NULL,
    details      TEXT,
    result       TEXT,
    PRIMARY KEY (flow_run_id, ordinal),
    UNIQUE (flow_run_id, id)
) STRICT, WITHOUT ROWID;

-- One row per task run, with its present state in columns and the states before that one in past_states:
--   a JSON array of [type, name, message, timestamp_us, run_count, details], oldest first.
-- holder is the producer that runs it, NULL once it is over (end_us is set). result is what was kept of its value.
CREATE TABLE task_run (
    seq                INTEGER PRIMARY KEY,
    workspace_id       INTEGER NOT NULL DEFAULT 1,
    id                 TEXT NOT NULL UNIQUE,
    flow_run_id        TEXT,
    holder             TEXT,
    name               TEXT NOT NULL,
    task_key           TEXT NOT NULL,
    dynamic_key        TEXT NOT NULL,
    task_version       TEXT,
    tags               TEXT NOT NULL,
    task_inputs        TEXT,
    empirical_policy   TEXT,
    parent_task_run_id TEXT,
    child_flow_run_id  TEXT,
    at_most_once       INTEGER NOT NULL DEFAULT 0,
    flow_run_run_count INTEGER NOT NULL,
    run_count          INTEGER NOT NULL,
    created_us         INTEGER NOT NULL,
    start_us           INTEGER,
    end_us             INTEGER,
    total_run_time_us  INTEGER NOT NULL DEFAULT 0,
    state_type         TEXT NOT NULL,
    state_name         TEXT NOT NULL,
    state_message      TEXT,
    state_us           INTEGER NOT NULL,
    state_details      TEXT,
    past_states        TEXT NOT NULL DEFAULT '[]',
    result             TEXT
) STRICT;

CREATE INDEX task_run_flow_run ON task_run (flow_run_id);
CREATE INDEX task_run_unfinished ON task_run (holder) WHERE end_us IS NULL;

CREATE TABLE log (
    seq          INTEGER PRIMARY KEY,
    workspace_id INTEGER NOT NULL DEFAULT 1,
    flow_run_id  TEXT,
    task_run_id  TEXT,
    name         TEXT NOT NULL,
    level        INTEGER NOT NULL,
    timestamp_us INTEGER NOT NULL,
    message      TEXT NOT NULL
) STRICT;

CREATE INDEX log_flow_run ON log (flow_run_id);
CREATE INDEX log_task_run ON log (task_run_id) WHERE task_run_id IS NOT NULL;

-- Entries that came too late to count: their root run had been claimed anew, was gone, or was over.
CREATE TABLE late_report (
    seq          INTEGER PRIMARY KEY,
    workspace_id INTEGER NOT NULL DEFAULT 1,
    producer     TEXT NOT NULL,
    entry_seq    INTEGER NOT NULL,
    kind         INTEGER NOT NULL,
    root         TEXT NOT NULL,
    reason       TEXT NOT NULL,
    entry        TEXT NOT NULL
) STRICT;

CREATE INDEX late_report_root ON late_report (root);

CREATE TABLE concurrency_limit (
    id                    TEXT PRIMARY KEY,
    workspace_id          INTEGER NOT NULL DEFAULT 1 REFERENCES workspace (id),
    name                  TEXT NOT NULL,
    slots                 INTEGER NOT NULL,
    active                INTEGER NOT NULL DEFAULT 1,
    slot_decay_per_second REAL NOT NULL DEFAULT 0,
    created_us            INTEGER NOT NULL,
    updated_us            INTEGER NOT NULL,
    UNIQUE (workspace_id, name)
) STRICT, WITHOUT ROWID;

-- Slots that are taken, one row per lease and limit. A row counts until lease_until_us, and that is the only count there
-- is. Where slots decay, lease_until_us is the moment at which the last of the row's slots has decayed.
CREATE TABLE concurrency_slot (
    limit_id       TEXT NOT NULL REFERENCES concurrency_limit (id) ON DELETE CASCADE,
    lease_id       TEXT NOT NULL,
    workspace_id   INTEGER NOT NULL DEFAULT 1,
    slots          INTEGER NOT NULL,
    holder         TEXT NOT NULL,
    acquired_us    INTEGER NOT NULL,
    lease_until_us INTEGER NOT NULL,
    PRIMARY KEY (limit_id, lease_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX concurrency_slot_lease ON concurrency_slot (lease_id);
