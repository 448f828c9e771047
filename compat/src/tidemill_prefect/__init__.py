"""``import prefect`` gives tidemill."""
