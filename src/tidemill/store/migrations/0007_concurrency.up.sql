-- How long slots of a limit are held on average, in seconds, and how many were asked for in vain and are still wanted as
-- far as is known: by both, those who are refused are told when to ask again. denied_slots are those of denied_us.
ALTER TABLE concurrency_limit ADD COLUMN avg_slot_occupancy_seconds REAL NOT NULL DEFAULT 2;
ALTER TABLE concurrency_limit ADD COLUMN denied_slots REAL NOT NULL DEFAULT 0;
ALTER TABLE concurrency_limit ADD COLUMN denied_us INTEGER NOT NULL DEFAULT 0;

-- Leases under which nothing is held that could be lost: what was asked for has no limit, or one that is not active, or
-- slots that decay. They are there to be renewed.
CREATE TABLE concurrency_idle_lease (
    id             TEXT PRIMARY KEY,
    workspace_id   INTEGER NOT NULL DEFAULT 1 REFERENCES workspace (id),
    lease_until_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX concurrency_idle_lease_until ON concurrency_idle_lease (lease_until_us);
