DROP INDEX flow_run_deployment_due;
DROP INDEX flow_run_due;
DROP INDEX flow_run_busy;
DROP TABLE deployment_schedule;
DROP TABLE deployment;
DROP TABLE worker;
DROP TABLE work_queue;
DROP TABLE work_pool;
