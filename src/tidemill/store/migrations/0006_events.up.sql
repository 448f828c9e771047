-- Everything that happened, in the order in which it was taken in. What was told from outside is kept as it was told.
-- A run's state is kept with the run: its event says only which run (the seq of its row) and which of its states, by
-- number from 0, and its resource, related and payload are read from there. id is what was told; where it is NULL, the
-- event is a run's state and has that state's id. received_us is NULL where it happened here.
CREATE TABLE event (
    seq          INTEGER PRIMARY KEY @sqlite(AUTOINCREMENT),
    workspace_id INTEGER NOT NULL DEFAULT 1,
    occurred_us  INTEGER NOT NULL,
    name         TEXT NOT NULL,
    flow_run     INTEGER,
    task_run     INTEGER,
    ordinal      INTEGER,
    id           TEXT,
    received_us  INTEGER,
    follows      TEXT,
    resource_id  TEXT,
    resource     TEXT,
    related      TEXT,
    payload      TEXT
) STRICT;

CREATE INDEX event_occurred ON event (occurred_us);
CREATE INDEX event_flow_run ON event (flow_run, ordinal) WHERE flow_run IS NOT NULL;
CREATE INDEX event_task_run ON event (task_run, ordinal) WHERE task_run IS NOT NULL;
CREATE INDEX event_resource_id ON event (resource_id) WHERE resource_id IS NOT NULL;
CREATE UNIQUE INDEX event_id ON event (workspace_id, id) WHERE id IS NOT NULL;
CREATE INDEX flow_run_state_by_id ON flow_run_state (id);

-- What an event that was told has to do with, beside what it is about.
CREATE TABLE event_related (
    resource_id  TEXT NOT NULL,
    event        INTEGER NOT NULL REFERENCES event (seq) ON DELETE CASCADE,
    role         TEXT NOT NULL,
    workspace_id INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (resource_id, event, role)
) STRICT, WITHOUT ROWID;

CREATE INDEX event_related_event ON event_related (event);

-- Scheduled task runs that were handed to somebody who serves their task, who keeps them until then.
CREATE TABLE task_run_lent (
    task_run_id  TEXT PRIMARY KEY,
    workspace_id INTEGER NOT NULL DEFAULT 1,
    client_id    TEXT NOT NULL,
    until_us     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX task_run_scheduled ON task_run (task_key, created_us) WHERE state_type = 'SCHEDULED';

-- Whoever gives a run a state makes the event with it: there is no other way to write one.
@sqlite(
CREATE TRIGGER flow_run_state_taken AFTER INSERT ON flow_run_state BEGIN
    INSERT INTO event (occurred_us, name, flow_run, ordinal)
    SELECT NEW.timestamp_us, 'prefect.flow-run.' || NEW.name, seq, NEW.ordinal
    FROM flow_run WHERE id = NEW.flow_run_id;
END;
CREATE TRIGGER task_run_made AFTER INSERT ON task_run BEGIN
    INSERT INTO event (occurred_us, name, task_run, ordinal)
    SELECT state.value ->> 3, 'prefect.task-run.' || (state.value ->> 1), NEW.seq, state.key
    FROM json_each(NEW.past_states) AS state;
    INSERT INTO event (occurred_us, name, task_run, ordinal)
    VALUES (NEW.state_us, 'prefect.task-run.' || NEW.state_name, NEW.seq, json_array_length(NEW.past_states));
END;
CREATE TRIGGER task_run_moved AFTER UPDATE OF past_states ON task_run WHEN NEW.past_states <> OLD.past_states BEGIN
    INSERT INTO event (occurred_us, name, task_run, ordinal)
    SELECT state.value ->> 3, 'prefect.task-run.' || (state.value ->> 1), NEW.seq, state.key
    FROM json_each(NEW.past_states) AS state WHERE state.key > json_array_length(OLD.past_states);
    INSERT INTO event (occurred_us, name, task_run, ordinal)
    VALUES (NEW.state_us, 'prefect.task-run.' || NEW.state_name, NEW.seq, json_array_length(NEW.past_states));
END;
CREATE TRIGGER flow_run_gone AFTER DELETE ON flow_run BEGIN
    DELETE FROM event WHERE flow_run = OLD.seq;
END;
CREATE TRIGGER task_run_gone AFTER DELETE ON task_run BEGIN
    DELETE FROM event WHERE task_run = OLD.seq;
END;
)
@postgres(
CREATE FUNCTION flow_run_state_taken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO event (occurred_us, name, flow_run, ordinal)
    SELECT taken.timestamp_us, 'prefect.flow-run.' || taken.name, flow_run.seq, taken.ordinal
    FROM taken JOIN flow_run ON flow_run.id = taken.flow_run_id ORDER BY flow_run.seq, taken.ordinal;
    RETURN NULL;
END $$;
CREATE FUNCTION task_run_made() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO event (occurred_us, name, task_run, ordinal)
    SELECT state.occurred_us, 'prefect.task-run.' || state.name, made.seq, state.ordinal
    FROM made, LATERAL (
        SELECT CAST(past.value ->> 3 AS bigint), past.value ->> 1, past.place - 1
        FROM json_array_elements(CAST(made.past_states AS json)) WITH ORDINALITY AS past (value, place)
        UNION ALL
        SELECT made.state_us, made.state_name, json_array_length(CAST(made.past_states AS json))
    ) AS state (occurred_us, name, ordinal) ORDER BY made.seq, state.ordinal;
    RETURN NULL;
END $$;
CREATE FUNCTION task_run_moved() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO event (occurred_us, name, task_run, ordinal)
    SELECT state.occurred_us, 'prefect.task-run.' || state.name, moved.seq, state.ordinal
    FROM moved JOIN before ON before.seq = moved.seq AND before.past_states <> moved.past_states, LATERAL (
        SELECT CAST(past.value ->> 3 AS bigint), past.value ->> 1, past.place - 1
        FROM json_array_elements(CAST(moved.past_states AS json)) WITH ORDINALITY AS past (value, place)
        WHERE past.place - 1 > json_array_length(CAST(before.past_states AS json))
        UNION ALL
        SELECT moved.state_us, moved.state_name, json_array_length(CAST(moved.past_states AS json))
    ) AS state (occurred_us, name, ordinal) ORDER BY moved.seq, state.ordinal;
    RETURN NULL;
END $$;
CREATE FUNCTION flow_run_gone() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    DELETE FROM event USING gone WHERE event.flow_run = gone.seq;
    RETURN NULL;
END $$;
CREATE FUNCTION task_run_gone() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    DELETE FROM event USING gone WHERE event.task_run = gone.seq;
    RETURN NULL;
END $$;
CREATE FUNCTION grown() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM pg_notify('tidemill_live', TG_TABLE_NAME);
    RETURN NULL;
END $$;
CREATE TRIGGER flow_run_state_taken AFTER INSERT ON flow_run_state REFERENCING NEW TABLE AS taken
    FOR EACH STATEMENT EXECUTE FUNCTION flow_run_state_taken();
CREATE TRIGGER task_run_made AFTER INSERT ON task_run REFERENCING NEW TABLE AS made
    FOR EACH STATEMENT EXECUTE FUNCTION task_run_made();
CREATE TRIGGER task_run_moved AFTER UPDATE ON task_run REFERENCING OLD TABLE AS before NEW TABLE AS moved
    FOR EACH STATEMENT EXECUTE FUNCTION task_run_moved();
CREATE TRIGGER flow_run_gone AFTER DELETE ON flow_run REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION flow_run_gone();
CREATE TRIGGER task_run_gone AFTER DELETE ON task_run REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION task_run_gone();
CREATE TRIGGER event_grown AFTER INSERT ON event FOR EACH STATEMENT EXECUTE FUNCTION grown();
CREATE TRIGGER log_grown AFTER INSERT ON log FOR EACH STATEMENT EXECUTE FUNCTION grown();
)
