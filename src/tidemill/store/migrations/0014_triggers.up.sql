-- From which event on (its seq) an automation is judged: what happened before it was made or changed is not for it.
ALTER TABLE automation ADD COLUMN watched_from INTEGER NOT NULL DEFAULT 0;
UPDATE automation SET watched_from = (SELECT coalesce(max(seq), 0) FROM event);
CREATE INDEX automation_watched ON automation (updated_us, watched_from) WHERE enabled = 1;

-- What triggers remember, for each trigger of an automation and for each key that it tells apart (a JSON list, or the
-- digest of a long one). state is JSON, as domain/triggers has it; due_us: when time must look at it.
CREATE TABLE automation_bucket (
    trigger_id    TEXT NOT NULL,
    key           TEXT NOT NULL,
    workspace_id  INTEGER NOT NULL DEFAULT 1,
    automation_id TEXT NOT NULL REFERENCES automation (id) ON DELETE CASCADE,
    due_us        INTEGER,
    state         TEXT NOT NULL,
    PRIMARY KEY (trigger_id, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX automation_bucket_due ON automation_bucket (due_us) WHERE due_us IS NOT NULL;
CREATE INDEX automation_bucket_automation ON automation_bucket (automation_id);

-- Up to which event somebody has read who must read each of them once.
CREATE TABLE event_reader (
    name         TEXT PRIMARY KEY,
    workspace_id INTEGER NOT NULL DEFAULT 1,
    read_up_to   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
