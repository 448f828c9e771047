"""When deployments run: rules as data (`interval`, `cron`, `rrule`), and which runs a scheduler owes (`planning`)."""
