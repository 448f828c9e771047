-- Work pools: where runs are carried out. base_job_template and storage_configuration are JSON.
CREATE TABLE work_pool (
    id                    TEXT PRIMARY KEY,
    workspace_id          INTEGER NOT NULL DEFAULT 1 REFERENCES workspace (id),
    name                  TEXT NOT NULL,
    type                  TEXT NOT NULL,
    description           TEXT,
    base_job_template     TEXT NOT NULL DEFAULT '{}',
    storage_configuration TEXT NOT NULL DEFAULT '{}',
    concurrency_limit     INTEGER,
    is_paused             INTEGER NOT NULL DEFAULT 0,
    default_queue_id      TEXT NOT NULL,
    created_us            INTEGER NOT NULL,
    updated_us            INTEGER NOT NULL,
    UNIQUE (workspace_id, name)
) STRICT, WITHOUT ROWID;

-- The queues of a pool. No two of a pool have one priority; the lowest number comes first. filter is JSON.
CREATE TABLE work_queue (
    id                TEXT PRIMARY KEY,
    workspace_id      INTEGER NOT NULL DEFAULT 1 REFERENCES workspace (id),
    work_pool_id      TEXT NOT NULL REFERENCES work_pool (id) ON DELETE CASCADE,
    name              TEXT NOT NULL,
    description       TEXT,
    is_paused         INTEGER NOT NULL DEFAULT 0,
    concurrency_limit INTEGER,
    priority          INTEGER NOT NULL,
    filter            TEXT,
    last_polled_us    INTEGER,
    created_us        INTEGER NOT NULL,
    updated_us        INTEGER NOT NULL,
    UNIQUE (work_pool_id, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX work_queue_name ON work_queue (name);

-- Who looks for runs in a pool. It counts as there until online_until_us, which each heartbeat puts off.
CREATE TABLE worker (
    id                         TEXT PRIMARY KEY,
    workspace_id               INTEGER NOT NULL DEFAULT 1 REFERENCES workspace (id),
    work_pool_id               TEXT NOT NULL REFERENCES work_pool (id) ON DELETE CASCADE,
    name                       TEXT NOT NULL,
    heartbeat_interval_seconds INTEGER,
    last_heartbeat_time_us     INTEGER NOT NULL,
    online_until_us            INTEGER NOT NULL,
    created_us                 INTEGER NOT NULL,
    updated_us                 INTEGER NOT NULL,
    UNIQUE (work_pool_id, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX worker_online ON worker (work_pool_id, online_until_us);

-- A flow, how it is run, with what, and where. tags, labels, parameters, parameter_openapi_schema, job_variables,
-- pull_steps, concurrency_options, version_info, created_by and updated_by are JSON.
CREATE TABLE deployment (
    id                         TEXT PRIMARY KEY,
    workspace_id               INTEGER NOT NULL DEFAULT 1 REFERENCES workspace (id),
    flow_id                    TEXT NOT NULL REFERENCES flow (id) ON DELETE CASCADE,
    name                       TEXT NOT NULL,
    version                    TEXT,
    version_info               TEXT,
    description                TEXT,
    tags                       TEXT NOT NULL DEFAULT '[]',
    labels                     TEXT NOT NULL DEFAULT '{}',
    parameters                 TEXT NOT NULL DEFAULT '{}',
    parameter_openapi_schema   TEXT,
    enforce_parameter_schema   INTEGER NOT NULL DEFAULT 1,
    paused                     INTEGER NOT NULL DEFAULT 0,
    path                       TEXT,
    entrypoint                 TEXT,
    pull_steps                 TEXT,
    job_variables              TEXT NOT NULL DEFAULT '{}',
    work_queue_id              TEXT REFERENCES work_queue (id) ON DELETE SET NULL,
    infrastructure_document_id TEXT,
    storage_document_id        TEXT,
    concurrency_limit_id       TEXT REFERENCES concurrency_limit (id) ON DELETE SET NULL,
    concurrency_options        TEXT,
    last_polled_us             INTEGER,
    created_by                 TEXT,
    updated_by                 TEXT,
    created_us                 INTEGER NOT NULL,
    updated_us                 INTEGER NOT NULL,
    UNIQUE (flow_id, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX deployment_name ON deployment (name);
CREATE INDEX deployment_created ON deployment (created_us);
CREATE INDEX deployment_updated ON deployment (updated_us);
CREATE INDEX deployment_work_queue ON deployment (work_queue_id) WHERE work_queue_id IS NOT NULL;
CREATE INDEX deployment_concurrency_limit ON deployment (concurrency_limit_id) WHERE concurrency_limit_id IS NOT NULL;

-- When a deployment runs by itself. schedule (JSON, as it crosses the wire) is an interval, a cron expression or a
-- recurrence rule; parameters (JSON) are put over the deployment's.
CREATE TABLE deployment_schedule (
    id                 TEXT PRIMARY KEY,
    workspace_id       INTEGER NOT NULL DEFAULT 1 REFERENCES workspace (id),
    deployment_id      TEXT NOT NULL REFERENCES deployment (id) ON DELETE CASCADE,
    schedule           TEXT NOT NULL,
    active             INTEGER NOT NULL DEFAULT 1,
    max_scheduled_runs INTEGER,
    parameters         TEXT NOT NULL DEFAULT '{}',
    slug               TEXT,
    created_us         INTEGER NOT NULL,
    updated_us         INTEGER NOT NULL,
    UNIQUE (deployment_id, slug)
) STRICT, WITHOUT ROWID;

-- Where the scheduler looks for what to do.
CREATE INDEX deployment_schedule_active ON deployment_schedule (deployment_id) WHERE active = 1;

-- Whose slots are taken, and what is due next of a deployment: what is asked at every poll walks through no other runs.
CREATE INDEX flow_run_busy ON flow_run (work_queue_id)
    WHERE work_queue_id IS NOT NULL AND state_type IN ('PENDING', 'RUNNING', 'CANCELLING');
CREATE INDEX flow_run_due ON flow_run (work_queue_id, next_scheduled_start_us)
    WHERE work_queue_id IS NOT NULL AND state_type = 'SCHEDULED';
CREATE INDEX flow_run_deployment_due ON flow_run (deployment_id, next_scheduled_start_us)
    WHERE deployment_id IS NOT NULL AND state_type = 'SCHEDULED';
