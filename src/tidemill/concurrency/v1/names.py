"""How a tag's limit is named, and who holds its slots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.engine.slots import TAG_PREFIX

if TYPE_CHECKING:
    from uuid import UUID


def of_tags(names: str | list[str]) -> list[str]:
    """The limits of tags."""
    return [f"{TAG_PREFIX}{name}" for name in ([names] if isinstance(names, str) else names)]


def task_run(task_run_id: UUID) -> dict[str, str]:
    """The holder."""
    return {"type": "task_run", "id": str(task_run_id)}
