"""Do not do too much at once: slots of named limits that hold across threads, runs and processes."""
