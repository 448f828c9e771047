DROP INDEX flow_run_told_child;
DROP INDEX flow_run_may_be_late;
DROP INDEX deployment_schedule_look;
ALTER TABLE deployment_schedule DROP COLUMN next_look_us;
DROP TABLE told_status;
DROP TABLE service_lease;
DROP TABLE request_answer;
