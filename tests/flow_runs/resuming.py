"""Letting a run go on."""

from __future__ import annotations

from uuid import UUID

from tidemill import resume_flow_run


def resume(only, **answer) -> None:
    resume_flow_run(UUID(only().id), answer or None)
