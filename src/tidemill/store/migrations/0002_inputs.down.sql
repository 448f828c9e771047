DROP TABLE flow_run_input;
