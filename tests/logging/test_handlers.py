from __future__ import annotations

import io
import logging
import warnings
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidemill import flow
from tidemill.engine.context import current
from tidemill.exceptions import MissingContextError
from tidemill.logging import get_run_logger, redaction
from tidemill.logging.filters import ObfuscateApiKeyFilter, redact_substr
from tidemill.logging.handlers import APILogHandler, TidemillConsoleHandler
from tidemill.logging.redaction import MASK, forms_of, keep_secret, redact
from tidemill.settings import TIDEMILL_API_KEY, temporary_settings


@pytest.fixture
def logger():
    made = logging.getLogger("a.user")
    made.setLevel(logging.DEBUG)
    before = list(made.handlers)
    yield made
    made.handlers[:] = before


def record(message="m", name="tidemill.flow_runs", **extra):
    made = logging.LogRecord(name, 20, "f.py", 3, message, (), None)
    made.__dict__.update(extra)
    return made


class Explosive:
    def __str__(self):
        raise RuntimeError("no text for you")


def test_a_long_message_is_cut_and_says_so(lines, logger):
    logger.addHandler(APILogHandler(max_log_size=200))

    @flow
    def wordy():
        logger.info("é" * 1000)
        logger.info("x" * 200)

    wordy()

    long, whole = lines.messages("a.user")
    assert len(long.encode()) <= 200
    assert long.startswith("ééé")
    assert long.endswith("(2,000 bytes, cut: TIDEMILL_LOGGING_TO_API_MAX_LOG_SIZE is 200)")
    assert whole == "x" * 200


@given(message=st.text(), size=st.integers(100, 300))
def test_what_is_kept_of_a_message_is_never_above_the_size_and_always_encodes(message, size):
    handler = APILogHandler(max_log_size=size)

    entry = handler.prepare(record(message.replace("%", "%%") * 20, flow_run_id="x"))

    assert entry is not None
    assert len(entry.message.encode()) <= max(size, 100)


def test_texts_that_no_database_takes_are_kept_all_the_same(lines):
    @flow
    def odd():
        get_run_logger().info("nul \x00 surrogate \udc80 fine é")

    odd()

    assert lines.of_users()[0].message == "nul ␀ surrogate \\udc80 fine é"


def test_a_message_that_cannot_be_made_is_told_once_and_changes_nothing(lines, capsys):
    @flow
    def explosive():
        get_run_logger().info("%s", Explosive())
        get_run_logger().info("%d", "no number")
        get_run_logger().info("%s", Explosive())
        get_run_logger().info("after")
        return "fine"

    handlers = list(logging.getLogger("tidemill").handlers)
    logging.getLogger("tidemill").handlers[:] = []
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(logging, "raiseExceptions", False)  # pytest's own handler tells of it by raising
            caught = logging.getLogger().handlers[:]
            logging.getLogger().handlers[:] = []
            try:
                assert explosive() == "fine"
            finally:
                logging.getLogger().handlers[:] = caught
    finally:
        logging.getLogger("tidemill").handlers[:] = handlers

    assert [line.message for line in lines.of_users()] == ["after"]
    assert capsys.readouterr().err.count("no text for you") == 1


def test_a_message_that_logs_while_it_is_made_does_not_go_round_in_circles(lines):
    class Chatty:
        def __str__(self):
            get_run_logger().info("while I am asked")
            return "chatty"

    @flow
    def outer():
        get_run_logger().info("%s", Chatty())

    outer()

    assert "chatty" in lines.messages()


@pytest.mark.parametrize("name", ["tidemill.journal", "tidemill.home"])
def test_what_keeps_the_records_does_not_log_into_them(lines, name):
    handler = APILogHandler()

    @flow
    def outer():
        handler.handle(record("not this", name=name))

    outer()

    assert lines.of_users() == []


def test_outside_of_a_run_a_line_is_warned_of_refused_or_ignored():
    assert current() is None
    with pytest.warns(UserWarning, match="outside of a run"):
        APILogHandler().handle(record())
    with pytest.raises(MissingContextError, match="outside of a run"):
        APILogHandler(when_missing_flow="error").handle(record())
    with warnings.catch_warnings(action="error"):
        APILogHandler(when_missing_flow="ignore").handle(record())


def test_lines_marked_not_to_be_kept_are_not(lines):
    @flow
    def outer():
        get_run_logger().info("secretly", extra={"send_to_api": False})

    outer()

    assert lines.of_users() == []


@pytest.fixture
def secret():
    keep_secret(["hunter2/!correct"])
    yield "hunter2/!correct"
    redaction._secrets.clear()
    redaction._pattern = None


def test_secrets_are_masked_in_what_is_kept_and_what_is_shown(lines, secret):
    console = io.StringIO()
    shown = TidemillConsoleHandler(console)

    @flow
    def careless():
        get_run_logger().info("key=%s basic=%s", secret, b64encode(b"user:" + secret.encode()).decode())
        get_run_logger().info("https://host/?k=hunter2%2F%21correct")
        shown.handle(record(f"key={secret}"))

    careless()

    first, second = (line.message for line in lines.of_users())
    assert first.startswith(f"key={MASK} basic=")
    assert MASK in first.partition("basic=")[2]
    assert second == f"https://host/?k={MASK}"
    assert console.getvalue() == f"key={MASK}\n"


@given(secret=st.binary(min_size=6, max_size=40), before=st.binary(max_size=7), after=st.binary(max_size=7))
def test_a_secret_is_found_wherever_it_stands_in_base64(secret, before, after):
    text = b64encode(before + secret.decode("latin-1").encode() + after).decode()

    assert any(form in text for form in forms_of(secret.decode("latin-1")))


def test_short_secrets_and_texts_without_any_are_left_alone(secret):
    keep_secret(["ab"])
    text = "about abba"

    assert redact(text) is text


def test_the_filter_for_handlers_that_are_not_ours():
    made = logging.LogRecord("x", 20, "f.py", 3, "key tk_12345 and %s", (["tk_12345"],), None)

    with temporary_settings({TIDEMILL_API_KEY: "tk_12345"}):
        assert ObfuscateApiKeyFilter().filter(made)
    assert made.getMessage() == "key ******** and ['********']"
    assert redact_substr({"a": ("xsx", {"s"}, 3)}, "s") == {"a": (f"x{MASK}x", {MASK}, 3)}


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_levels_are_coloured_on_a_terminal_only_and_only_where_welcome(monkeypatch):
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)

    def shown(stream, **options):
        handler = TidemillConsoleHandler(stream, **options)
        handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
        handler.handle(record())
        return stream.getvalue()

    assert shown(Terminal()) == "\x1b[36mINFO\x1b[0m m\n"
    assert shown(io.StringIO()) == "INFO m\n"
    assert shown(Terminal(), colors=False) == "INFO m\n"
    monkeypatch.setenv("NO_COLOR", "1")
    assert shown(Terminal()) == "INFO m\n"


def test_a_console_that_cannot_show_a_character_shows_its_escape():
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")

    TidemillConsoleHandler(stream).handle(record("é"))

    assert raw.getvalue() == b"\\xe9\n"


def test_a_closed_console_is_passed_over():
    stream = io.StringIO()
    stream.close()

    TidemillConsoleHandler(stream).handle(record())


def test_with_a_highlighter_rich_draws_the_line():
    from tidemill.logging.highlighters import TidemillConsoleHighlighter

    stream = Terminal()
    styles = {"log.completed_state": "green"}

    TidemillConsoleHandler(stream, TidemillConsoleHighlighter, styles).handle(record("it is Completed"))

    assert "Completed" in stream.getvalue()
    assert "\x1b[" in stream.getvalue()


class Unspeakable:
    def __repr__(self):
        raise RuntimeError("no")

    __str__ = __repr__


@pytest.mark.parametrize("argument", ["no number", Unspeakable()])
def test_a_wrong_line_on_the_console_is_told_with_the_users_place_and_no_frames_of_ours(capsys, argument):
    record = logging.LogRecord("users", logging.WARNING, "script.py", 7, "%d", (argument,), None, "main")

    TidemillConsoleHandler().handle(record)

    said = capsys.readouterr().err.splitlines()
    assert said[:2] == ["--- Logging error ---", '  File "script.py", line 7, in main']
    assert said[2].startswith("TypeError")
    assert len(said) <= 5


def test_the_console_is_the_one_that_lines_are_drawn_by():
    stream = Terminal()
    handler = TidemillConsoleHandler(stream, styles={"log.odd": "red"}, colors=False)

    assert handler.console.file is stream
    assert handler.console.get_style("log.odd").color is not None
    handler.setStream(other := Terminal())
    assert handler.console.file is other
