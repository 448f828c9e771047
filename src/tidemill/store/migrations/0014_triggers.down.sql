DROP TABLE event_reader;
DROP TABLE automation_bucket;
DROP INDEX automation_watched;
ALTER TABLE automation DROP COLUMN watched_from;
