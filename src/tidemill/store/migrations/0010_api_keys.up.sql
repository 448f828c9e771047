-- Keys that let clients in. digest is the SHA-256 of the secret, in hex; the secret itself is nowhere. scopes is a JSON
-- array of permissions and roles. A key that was revoked keeps its row. last_used_us is true to the minute.
CREATE TABLE api_key (
    id           TEXT PRIMARY KEY,
    workspace_id INTEGER NOT NULL DEFAULT 1,
    name         TEXT NOT NULL,
    digest       TEXT NOT NULL,
    scopes       TEXT NOT NULL,
    created_us   INTEGER NOT NULL,
    expires_us   INTEGER,
    revoked_us   INTEGER,
    last_used_us INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX api_key_workspace ON api_key (workspace_id, created_us, id);
CREATE INDEX api_key_holding ON api_key (id) WHERE revoked_us IS NULL;
