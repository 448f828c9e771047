"""How far a flow run had come with its retries, as expressions of SQL over the name of its id."""

from __future__ import annotations


def failures_of(run: str) -> str:
    """How many retries an attempt has had; one that a person asked for begins anew."""
    return f"""(SELECT count(*) FROM flow_run_state WHERE flow_run_id = {run} AND name = 'AwaitingRetry'
    AND ordinal > coalesce((SELECT max(ordinal) FROM flow_run_state
        WHERE flow_run_id = {run} AND type IN ('COMPLETED', 'FAILED', 'CANCELLED')), -1))"""


def retry_at_us_of(run: str) -> str:
    """When the retry was due that the run waited for as it was cut off, or left its process; NULL if it did not."""
    return f"""(SELECT @of(details, $.scheduled_us, int) FROM flow_run_state
    WHERE flow_run_id = {run} AND name = 'AwaitingRetry' AND ordinal = (
        SELECT max(ordinal) FROM flow_run_state
        WHERE flow_run_id = {run} AND type <> 'CRASHED' AND name NOT IN ('Suspended', 'Resuming')))"""
