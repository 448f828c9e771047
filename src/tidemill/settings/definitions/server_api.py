"""The server's HTTP side: API and user interface."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tidemill.settings.declare import Group, setting

if TYPE_CHECKING:
    from tidemill.settings.kinds import Strings
    from tidemill.settings.secret import Secret


class ServerAPISettings(Group):
    """The API a server offers."""

    auth_string: Secret | None = setting(None, "user:password that every request must bring")
    host: str = setting("127.0.0.1", "address it listens on; others can reach it only when you say so")
    port: int = setting(4200, "port it listens on", at_least=0, at_most=65535)
    base_path: str | None = setting(None, "path below which a proxy serves it")
    default_limit: int = setting(200, "most items in one page", aliases=("API_DEFAULT_LIMIT",))
    keepalive_timeout: int = setting(5, "how long an idle connection is kept", unit="seconds")
    max_parameter_size: int = setting(
        524_288, "largest set of parameters of one run; 0 is no limit", unit="bytes", at_least=0
    )
    csrf_protection_enabled: bool = setting(
        False, "ask browsers for a CSRF token", aliases=("SERVER_CSRF_PROTECTION_ENABLED",)
    )
    csrf_token_expiration: timedelta = setting(
        timedelta(hours=1), "how long such a token holds", aliases=("SERVER_CSRF_TOKEN_EXPIRATION",)
    )
    allowed_hosts: Strings = setting(
        (), "names it answers to, besides those of this machine; *.example.com is all below, * any"
    )
    cors_allowed_origins: str = setting(
        "",
        "origins whose pages may call it, separated by commas; * is any that brings a credential",
        aliases=("SERVER_CORS_ALLOWED_ORIGINS",),
    )
    cors_allowed_methods: str = setting("*", "methods they may use", aliases=("SERVER_CORS_ALLOWED_METHODS",))
    cors_allowed_headers: str = setting("*", "headers they may send", aliases=("SERVER_CORS_ALLOWED_HEADERS",))
    websocket_ping_interval: float = setting(20.0, "how often a websocket is pinged", unit="seconds", above=0)
    websocket_ping_timeout: float = setting(20.0, "how long its answer may take", unit="seconds", above=0)


class ServerUISettings(Group):
    """The user interface a server offers."""

    enabled: bool = setting(True, "offer it", aliases=("UI_ENABLED",))
    api_url: str | None = setting(
        None, "where the browser finds the API; unset, where the server listens", aliases=("UI_API_URL",)
    )
    serve_base: str = setting("/", "path it is served at", aliases=("UI_SERVE_BASE",))
    static_directory: str | None = setting(None, "folder its files are unpacked to", aliases=("UI_STATIC_DIRECTORY",))
    show_promotional_content: bool = setting(True, "advertise", no_effect="tidemill has nothing to advertise")
    v2_enabled: bool = setting(True, "use the second user interface", no_effect="tidemill has one user interface")
