@postgres(DROP TRIGGER log_grown ON log;)
DROP TRIGGER task_run_gone @postgres(ON task_run);
DROP TRIGGER flow_run_gone @postgres(ON flow_run);
DROP TRIGGER task_run_moved @postgres(ON task_run);
DROP TRIGGER task_run_made @postgres(ON task_run);
DROP TRIGGER flow_run_state_taken @postgres(ON flow_run_state);
DROP INDEX flow_run_state_by_id;
DROP INDEX task_run_scheduled;
DROP TABLE task_run_lent;
DROP TABLE event_related;
DROP TABLE event;
@postgres(
DROP FUNCTION grown();
DROP FUNCTION task_run_gone();
DROP FUNCTION flow_run_gone();
DROP FUNCTION task_run_moved();
DROP FUNCTION task_run_made();
DROP FUNCTION flow_run_state_taken();
)
