"""Whether a server answers, and as what."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from tidemill.cli.errors import KEY_HINT

if TYPE_CHECKING:
    import httpx

    from tidemill.settings import Settings

_PATIENCE_SECONDS = 5.0


class Answering(NamedTuple):
    """How a server is. ``said`` completes a sentence: the server is …; ``version`` is its tidemill's, if it is one.

    ``hint`` is what to try where it does not answer.
    """

    answers: bool
    said: str
    version: str | None = None
    hint: str | None = None


def ask_how_it_is(url: str, settings: Settings, *, version: bool = False) -> Answering:
    """Ask it, once; with ``version``, whether it lets us in too, and which tidemill it is."""
    import httpx  # noqa: PLC0415 - heavy

    from tidemill.api.remote.login import login_of  # noqa: PLC0415 - as above

    login, base = login_of(settings), url.rstrip("/")
    try:
        with httpx.Client(headers=login.headers, timeout=_PATIENCE_SECONDS, verify=login.verify()) as client:
            health = client.get(f"{base}/health")
            told = client.get(f"{base}/tm/version") if version and health.is_success else None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        hint = _START if _is_here(url) else _LOOK
        return Answering(False, f"not reachable ({error or type(error).__name__})", hint=hint)
    if _is_closed(health):
        return Answering(False, f"not for this process: it answered {health.status_code}", hint=KEY_HINT)
    if not _is_json(health) and not health.is_server_error:
        said = f"no tidemill API: it answered {health.status_code} with {health.headers.get('content-type', 'nothing')}"
        return Answering(False, said, hint=_LOOK)
    if not health.is_success:
        said = f": {health.text[:200]}" if _is_json(health) else f" {health.reason_phrase}"
        return Answering(False, f"unwell, it answered {health.status_code}{said}")
    if told is not None and _is_closed(told):
        return Answering(False, "healthy, but does not let this process in: set TIDEMILL_API_KEY", hint=KEY_HINT)
    known = told is not None and told.is_success and _is_json(told)
    return Answering(True, "healthy", str(told.json()) if told is not None and known else None)


_START: Final = "tidemill server start"
_LOOK: Final = "tidemill config view, whether TIDEMILL_API_URL is right"
_HERE: Final = re.compile(r"https?://(localhost|127\.[\d.]+|\[::1\])([:/]|$)")


def _is_here(url: str) -> bool:
    return _HERE.match(url) is not None


def _is_closed(answer: httpx.Response) -> bool:
    return answer.status_code in (401, 403)


def _is_json(answer: httpx.Response) -> bool:
    return bool(answer.content) and answer.headers.get("content-type", "").startswith("application/json")
