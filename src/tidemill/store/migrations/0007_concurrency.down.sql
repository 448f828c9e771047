DROP TABLE concurrency_idle_lease;
ALTER TABLE concurrency_limit DROP COLUMN denied_us;
ALTER TABLE concurrency_limit DROP COLUMN denied_slots;
ALTER TABLE concurrency_limit DROP COLUMN avg_slot_occupancy_seconds;
