"""The plugin's fixture, wherever the package is not installed but lies beside."""

from __future__ import annotations

from tidemill.testing.plugin import tidemill_harness

__all__ = ["tidemill_harness"]
