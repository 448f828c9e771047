"""A client of the REST API, for programs: ``from tidemill.client.orchestration import get_client``."""

from __future__ import annotations
