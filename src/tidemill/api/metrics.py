"""Figures of a process that runs flows, for Prometheus."""

from __future__ import annotations

import logging
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from tidemill.exceptions import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from prometheus_client.core import Metric
    from prometheus_client.registry import CollectorRegistry

    from tidemill.api.recorder import Progress

logger = logging.getLogger("tidemill.home")

_PREFIX: Final = "tidemill_client"


class ProgressCollector:
    """Reads the figures when somebody asks for them, so that runs pay nothing for them."""

    def __init__(self, progress: Callable[[], Progress]) -> None:
        self._progress = progress

    def collect(self) -> Iterator[Metric]:
        """The figures as they are now."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily  # noqa: PLC0415 - an extra

        now = self._progress()
        for name, what, value in (
            ("entries_written", "What runs of this process have recorded", now.written),
            ("entries_stored", "What of it the store has", now.stored),
        ):
            yield CounterMetricFamily(f"{_PREFIX}_{name}", what, value)
        for name, what, value in (
            ("entries_waiting", "What the store does not have yet; it grows while the server is away", now.waiting),
            ("root_runs", "Root flow runs that this process is at", now.root_runs),
        ):
            yield GaugeMetricFamily(f"{_PREFIX}_{name}", what, value)


def offer_metrics(progress: Callable[[], Progress], port: int, registry: CollectorRegistry | None = None) -> int | None:
    """Answer ``GET /metrics`` at a port, at every address of this machine, until the process ends; returns the port.

    ``registry`` is prometheus_client's own unless given, so a program's own figures are there too. A port that somebody
    else has is warned of, and None returned: several processes of a machine have the same settings. Raises
    ConfigurationError where prometheus_client is not installed.
    """
    if find_spec("prometheus_client") is None:
        raise ConfigurationError(
            "TIDEMILL_CLIENT_METRICS_ENABLED is set, and prometheus_client is not installed. Install it with: "
            'pip install "tidemill[metrics]"'
        )
    from prometheus_client import REGISTRY, start_http_server  # noqa: PLC0415 - an extra

    chosen = REGISTRY if registry is None else registry
    try:
        server, _ = start_http_server(port, registry=chosen)
    except OSError as error:
        logger.warning(
            "The metrics of this process are not offered: port %d cannot be had (%s). Another process may have it; "
            "TIDEMILL_CLIENT_METRICS_PORT=0 takes any port that is free",
            port,
            error.strerror or error,
        )
        return None
    chosen.register(ProgressCollector(progress))
    found = int(server.server_port)
    logger.info("The metrics of this process are at http://127.0.0.1:%d/metrics", found)
    return found
