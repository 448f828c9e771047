-- What was answered to requests that change something, by the id that the client gave the request: asked again, since
-- the answer was lost on its way, it gets the same one, and nothing is done twice.
CREATE TABLE request_answer (
    id           TEXT PRIMARY KEY,
    workspace_id INTEGER NOT NULL DEFAULT 1 REFERENCES workspace (id),
    operation    TEXT NOT NULL,
    status       INTEGER NOT NULL,
    content_type TEXT NOT NULL,
    body         BLOB NOT NULL,
    created_us   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX request_answer_created ON request_answer (created_us);

-- Which server runs a service that must run once: until term_until_us, then anybody may take it. epoch counts how often
-- it was taken, led_since_us is when that was last. The rest is what the last pass came to; last_error is NULL if it was well.
CREATE TABLE service_lease (
    name             TEXT PRIMARY KEY,
    workspace_id     INTEGER NOT NULL DEFAULT 1 REFERENCES workspace (id),
    holder           TEXT NOT NULL,
    epoch            INTEGER NOT NULL,
    led_since_us     INTEGER NOT NULL,
    term_until_us    INTEGER NOT NULL,
    last_pass_us     INTEGER,
    last_duration_us INTEGER,
    last_error       TEXT
) STRICT, WITHOUT ROWID;

-- What an event last told of a work pool, a queue or a deployment: whether somebody is there who takes its runs. Of what
-- is not here, nobody ever was.
CREATE TABLE told_status (
    kind         TEXT NOT NULL,
    id           TEXT NOT NULL,
    workspace_id INTEGER NOT NULL DEFAULT 1 REFERENCES workspace (id),
    status       TEXT NOT NULL,
    event_id     TEXT NOT NULL,
    told_us      INTEGER NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;

-- When the scheduler has to look at a schedule again; 0 is at once. Schedules that owe nothing cost nothing.
ALTER TABLE deployment_schedule ADD COLUMN next_look_us INTEGER NOT NULL DEFAULT 0;
CREATE INDEX deployment_schedule_look ON deployment_schedule (next_look_us) WHERE active = 1;

-- Where services look, again and again: what they find there is mostly nothing.
-- (Columns that are the same in all of an index's rows are in it so that it is preferred to wider ones.)
CREATE INDEX flow_run_may_be_late ON flow_run (state_type, state_name, next_scheduled_start_us)
    WHERE state_type = 'SCHEDULED' AND state_name = 'Scheduled';
CREATE INDEX flow_run_told_child ON flow_run (end_us, holder, parent_task_run_id)
    WHERE parent_task_run_id IS NOT NULL AND end_us IS NULL AND holder IS NULL;
