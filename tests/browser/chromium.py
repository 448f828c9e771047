"""The browser: Debian's Chromium or another that is installed, driven by playwright."""

from __future__ import annotations

import importlib.util
import os
import shutil
from contextlib import contextmanager

#: Names another one, by its path.
VARIABLE = "TIDEMILL_CHROMIUM"
#: A name of the stranger's, which leads to this machine.
STRANGER = "stranger.test"
#: A name of the server's own, as somebody gives it in their network. It is no name that a browser trusts over plain HTTP.
SERVERS = "tide.test"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--host-resolver-rules=MAP {STRANGER} 127.0.0.1, MAP {SERVERS} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]


def chromium() -> str | None:
    """Where the browser is; None where there is none."""
    named = os.environ.get(VARIABLE)
    return named or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def why_not() -> str | None:
    """Why there is no browser to test with; None where there is one."""
    if importlib.util.find_spec("playwright") is None:
        return "playwright is not installed here: make browser"
    if chromium() is None:
        return f"there is no Chromium here: apt-get install chromium, or name one in {VARIABLE}"
    return None


@contextmanager
def running():
    """A browser with nothing in it."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium(), args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()
