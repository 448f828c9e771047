"""Adding hooks to what flows and tasks have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class Hooked:
    """Something whose runs tell hooks of their states: each is called as ``fn(flow or task, run, state)``."""

    on_completion_hooks: list[Callable[..., Any]]
    on_failure_hooks: list[Callable[..., Any]]
    on_running_hooks: list[Callable[..., Any]]

    def on_completion(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """Decorator: call ``fn`` when a run completes."""
        self.on_completion_hooks.append(fn)
        return fn

    def on_failure(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """Decorator: call ``fn`` when a run has failed for good."""
        self.on_failure_hooks.append(fn)
        return fn

    def on_running(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """Decorator: call ``fn`` when a run begins an attempt."""
        self.on_running_hooks.append(fn)
        return fn
