"""A page of the stranger's is opened, does all that ``deeds.js`` has, and what came of it is told."""

from __future__ import annotations

from typing import NamedTuple

from tests.browser.servers import CANARY

#: What each deed comes to where nothing hinders it: it makes something that has its name, reads something, changes
#: something (200 or the like, and not to a GET), or only arrives (is answered, with no refusal of the guard's).
UNHINDERED = {
    "form_text": "makes",
    "form_text_without_referrer": "makes",
    "form_text_into_a_window": "makes",
    "form_text_redirected": "makes",
    "form_empty": "changes",
    "form_urlencoded": "arrives",
    "form_multipart": "arrives",
    "form_get": "arrives",
    "fetch_text_no_cors": "makes",
    "fetch_text": "makes",
    "fetch_text_keepalive": "makes",
    "fetch_text_redirected": "makes",
    "fetch_json": "makes",
    "fetch_put": "makes",
    "fetch_patch": "makes",
    "fetch_delete": "changes",
    "fetch_from_worker": "makes",
    "xhr_text": "makes",
    "xhr_json": "makes",
    "beacon_text": "makes",
    "beacon_json": "makes",
    "ping": "arrives",
    "report": "changes",
    "socket_events_in": "makes",
    "socket_events_in_greeted": "makes",
    "socket_events_out": "reads",
    "socket_logs_out": "reads",
    "socket_task_runs": "reads",
    "socket_worker": "reads",
    "read_fetch": "reads",
    "read_fetch_without_credentials": "reads",
    "read_fetch_no_cors": "reads",
    "read_fetch_post": "reads",
    "read_xhr": "reads",
    "read_import": "reads",
    "read_stream": "reads",
    "read_stream_with_credentials": "reads",
    "read_window": "reads",
    "read_image": "arrives",
    "read_script": "arrives",
    "read_script_module": "arrives",
    "read_style": "arrives",
    "read_prefetch": "arrives",
    "read_video": "arrives",
    "read_frame": "arrives",
    "read_object": "arrives",
    "read_embed": "arrives",
    "frame_docs": "arrives",
}
#: What the guard says no with.
REFUSALS = {401, 403, 421}


class Aftermath(NamedTuple):
    """``outcomes``: what each deed came to; ``before`` and ``after``: the database; ``framed``: addresses in frames."""

    outcomes: dict[str, str]
    before: dict[str, list[str]]
    after: dict[str, list[str]]
    framed: list[str]
    texts: dict[str, str | None]
    statuses: set[int]

    @property
    def leaked(self) -> list[str]:
        """The deeds that read what they should not."""
        return [deed for deed, text in self.texts.items() if CANARY in (text or "")]


def attack(context, server, relay, page_url: str, target: str, strangers: int) -> Aftermath:
    """Have the page at ``page_url`` do its worst to the server, which it knows as ``target``."""
    server.renew()
    relay.forget()
    page = context.new_page()
    page.goto(page_url)
    mark = f"m{page_url.__hash__() & 0xFFFF}"
    before = server.content()
    given = {
        "server": target,
        "deployment": server.deployment,
        "site": f"http://127.0.0.1:{strangers}",
        "mark": mark,
    }
    texts: dict[str, str | None] = page.evaluate("given => attack(given)", given)
    answers = relay.answered(set(UNHINDERED))
    after = server.content()
    outcomes = {
        deed: _outcome(f"{deed}_{mark}" in _new(before, after), text, answers.get(deed, []))
        for deed, text in texts.items()
    }
    framed = [frame.url for frame in page.frames[1:]]
    statuses = {status for deed in texts for _, status in answers.get(deed, ())}
    return Aftermath(outcomes, before, after, framed, texts, statuses)


def _new(before: dict[str, list[str]], after: dict[str, list[str]]) -> str:
    return "".join("".join(set(rows) - set(before[table])) for table, rows in after.items())


def _outcome(made: bool, text: str | None, answers: list[tuple[str, int]]) -> str:
    if made:
        return "makes"
    if not answers:
        return "does not arrive"
    if {status for _, status in answers} <= REFUSALS:
        return "refused"
    if text:
        return "reads"
    return "changes" if any(method != "GET" and status < 300 for method, status in answers) else "arrives"
