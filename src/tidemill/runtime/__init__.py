"""What the run that this code is in is called, was given and belongs to.

``runtime.flow_run.name``, ``runtime.task_run.parameters``, ``runtime.deployment.id``. Outside of a run the answers are
empty. In a test, a variable such as ``TIDEMILL__RUNTIME__FLOW_RUN__NAME`` answers instead.
"""

from __future__ import annotations

from tidemill.runtime import deployment, flow_run, task_run

__all__ = ["deployment", "flow_run", "task_run"]
