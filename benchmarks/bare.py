"""Flows and tasks that are plain functions: what the same script costs without an orchestrator."""

from __future__ import annotations

import logging
from typing import Any


def flow(function: Any = None, **_options: Any) -> Any:
    """Give the function back."""
    return function if function is not None else flow


task = flow


def get_run_logger() -> logging.Logger:
    """A logger that writes nowhere."""
    return logging.getLogger("bare")
