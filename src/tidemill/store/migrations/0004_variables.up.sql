-- Values that flows and deployments read by name. value is JSON.
CREATE TABLE variable (
    id           TEXT PRIMARY KEY,
    workspace_id INTEGER NOT NULL DEFAULT 1 REFERENCES workspace (id),
    name         TEXT NOT NULL,
    value        TEXT,
    tags         TEXT NOT NULL DEFAULT '[]',
    created_us   INTEGER NOT NULL,
    updated_us   INTEGER NOT NULL,
    UNIQUE (workspace_id, name)
) STRICT, WITHOUT ROWID;
