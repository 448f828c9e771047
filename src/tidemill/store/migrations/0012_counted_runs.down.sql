DROP TRIGGER flow_run_over_gone @postgres(ON flow_run);
DROP TRIGGER flow_run_over @postgres(ON flow_run);
@sqlite(DROP TRIGGER flow_run_no_more_over;)
@postgres(DROP FUNCTION flow_run_tallied();)
CREATE INDEX flow_run_state_type ON flow_run (state_type, expected_start_us);
DROP TABLE flow_run_tally;
