"""Whether a server answers, and as what."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tidemill.settings import Settings

_PATIENCE_SECONDS = 5.0


class Answering(NamedTuple):
    """How a server is. ``said`` completes a sentence: the server is …; ``version`` is its tidemill's, if it is one."""

    answers: bool
    said: str
    version: str | None = None


def ask_how_it_is(url: str, settings: Settings, *, version: bool = False) -> Answering:
    """Ask it, once; with ``version``, whether it lets us in too, and which tidemill it is."""
    import httpx  # noqa: PLC0415 - heavy

    from tidemill.api.remote.login import login_of  # noqa: PLC0415 - as above

    login, base = login_of(settings), url.rstrip("/")
    try:
        with httpx.Client(headers=login.headers, timeout=_PATIENCE_SECONDS, verify=login.verify()) as client:
            health = client.get(f"{base}/health")
            told = client.get(f"{base}/tm/version") if version and health.is_success else None
    except httpx.HTTPError as error:
        return Answering(False, f"not reachable ({error or type(error).__name__})")
    if not health.is_success:
        return Answering(False, f"unwell ({health.status_code}): {health.text[:200]}")
    if told is not None and told.status_code in (401, 403):
        return Answering(False, "healthy, but does not let this process in: set TIDEMILL_API_KEY")
    return Answering(True, "healthy", str(told.json()) if told is not None and told.is_success else None)
