"""How this process reaches a server."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from tidemill.settings.declare import Group, group, setting

if TYPE_CHECKING:
    from tidemill.settings.kinds import Headers, StatusCodes
    from tidemill.settings.secret import Secret

_NO_CLOUD = "there is no hosted tidemill"


class APISettings(Group):
    """Where the server is and how to be let in."""

    url: str | None = setting(None, "the server's API, as in http://127.0.0.1:4200/api")
    auth_string: Secret | None = setting(None, "user:password for a server behind basic authentication")
    key: Secret | None = setting(None, "API key, sent as a bearer token")
    tls_insecure_skip_verify: bool = setting(False, "accept any certificate; for trying things out only")
    ssl_cert_file: str | None = setting(None, "certificates to trust; unset, those of the system")
    enable_http2: bool = setting(False, "speak HTTP/2; helps only with many requests at once over a long line")
    request_timeout: float = setting(60.0, "how long to wait for an answer", unit="seconds", above=0)


class ClientMetricsSettings(Group):
    """Figures that a client process offers to Prometheus."""

    enabled: bool = setting(
        False,
        'runs\' processes answer GET /metrics (pip install "tidemill[metrics]")',
        aliases=("CLIENT_ENABLE_METRICS",),
    )
    port: int = setting(
        4201, "port that offers them, at every address of the machine; 0 is any that is free", at_least=0, at_most=65535
    )


class ClientSettings(Group):
    """How requests are made."""

    max_retries: int = setting(5, "how often a request that met a passing failure is made again", at_least=0)
    retry_jitter_factor: float = setting(
        0.2, "spread of the waits, so that clients do not come back at once", at_least=0
    )
    retry_extra_codes: StatusCodes = setting(frozenset(), "further status codes that count as passing failures")
    csrf_support_enabled: bool = setting(True, "fetch a CSRF token where the server asks for one")
    custom_headers: Headers = setting(MappingProxyType({}), "headers added to every request")
    server_version_check_enabled: bool = setting(
        True, "runs that report to a server look at its version first: warn where it is older, refuse another major one"
    )
    metrics: ClientMetricsSettings = group(ClientMetricsSettings)


class CloudSettings(Group):
    """Names accepted from scripts written for a hosted service."""

    api_url: str | None = setting(None, "API of a hosted service", no_effect=_NO_CLOUD)
    ui_url: str | None = setting(None, "user interface of a hosted service", no_effect=_NO_CLOUD)
    enable_orchestration_telemetry: bool = setting(True, "send traces to a hosted service", no_effect=_NO_CLOUD)
    max_log_size: int = setting(25_000, "longest log line a hosted service takes", unit="bytes", no_effect=_NO_CLOUD)
