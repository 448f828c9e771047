-- What was sent to a flow run, by key: answers to its pauses, and the messages it receives while it runs.
-- value is JSON; key begins with what kind of input it is. Read in the order of seq.
CREATE TABLE flow_run_input (
    seq          INTEGER PRIMARY KEY,
    workspace_id INTEGER NOT NULL DEFAULT 1,
    id           TEXT NOT NULL UNIQUE,
    flow_run_id  TEXT NOT NULL,
    key          TEXT NOT NULL,
    value        TEXT NOT NULL,
    sender       TEXT,
    created_us   INTEGER NOT NULL,
    UNIQUE (flow_run_id, key)
) STRICT;
