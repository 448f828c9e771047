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

-- Which server runs a service that must run once: until term_until_us, then anybody may take it. epoch counts the terms
-- that changed hands.
CREATE TABLE service_lease (
    name          TEXT PRIMARY KEY,
    workspace_id  INTEGER NOT NULL DEFAULT 1 REFERENCES workspace (id),
    holder        TEXT NOT NULL,
    epoch         INTEGER NOT NULL,
    term_until_us INTEGER NOT NULL,
    last_pass_us  INTEGER,
    last_error    TEXT
) STRICT, WITHOUT ROWID;
