"""Where log lines go: into the run's record, and onto the console."""

from __future__ import annotations

import logging
import sys
import warnings
from contextlib import suppress
from threading import local
from typing import TYPE_CHECKING, Any, Final, TextIO

from tidemill.domain.entries import LogWritten
from tidemill.domain.names import clean_text
from tidemill.engine.context import current
from tidemill.exceptions import MissingContextError
from tidemill.logging import sink as sinks
from tidemill.logging.redaction import redact
from tidemill.logging.sink import emit_api_log, set_api_log_sink
from tidemill.system.colours import takes_colours

if TYPE_CHECKING:
    from rich.console import Console

    from tidemill.engine.runtime import Runtime

__all__ = ["APILogHandler", "StreamHandler", "TidemillConsoleHandler", "emit_api_log", "set_api_log_sink"]

StreamHandler = logging.StreamHandler

#: What keeps the records must not log into them: each line would make the next.
_OWN: Final = ("tidemill.journal", "tidemill.home", "tidemill.store")
_UTF8_BYTES_AT_MOST: Final = 4
_GREATEST_LEVEL: Final = 2**63 - 1
_texts: Final = logging.Formatter()
_here = local()


class APILogHandler(logging.Handler):
    """Keeps each line with the run it was logged in: an entry in the journal, which survives the process.

    ``max_log_size`` is how many bytes of a message are kept; the line says what was left out. ``when_missing_flow`` is
    what happens outside of a run: ``warn``, ``error`` (raises MissingContextError) or ``ignore``.
    """

    def __init__(self, level: int | str = 0, max_log_size: int = 1_000_000, when_missing_flow: str = "warn") -> None:
        super().__init__(level)
        self.max_log_size = max_log_size
        self.when_missing_flow = when_missing_flow
        self._told: set[type[BaseException]] = set()

    def handle(self, record: logging.LogRecord) -> bool:
        """Emit unless a filter is against it; without a lock, since the journal has its own."""
        if self.filters:
            passed: Any = self.filter(record)
            if not passed:
                return False
            if isinstance(passed, logging.LogRecord):  # from Python 3.12 on a filter may give another record
                record = passed
        self.emit(record)
        return True

    def emit(self, record: logging.LogRecord) -> None:
        """Record the line. What goes wrong is told once on stderr, and never raised into the code that logs."""
        if (
            getattr(_here, "writing", False)
            or record.name.startswith(_OWN)
            or not record.__dict__.get("send_to_api", True)
        ):
            return
        _here.writing = True
        try:
            found = self._found(record)
            if found is not None:
                chosen, entry = found
                if sinks.chosen is None:
                    chosen.record(entry)
                else:
                    sinks.chosen(sinks.as_api_log(entry))
                return
        except Exception:  # noqa: BLE001 - a log line must not change what the program does
            self.handleError(record)
            return
        finally:
            _here.writing = False
        self._tell_missing(record)

    def prepare(self, record: logging.LogRecord) -> LogWritten | None:
        """The entry that the record becomes, or ``None`` where there is no run."""
        found = self._found(record)
        return found[1] if found is not None else None

    def flush(self) -> None:
        """Wait until every line so far can be read from the store."""
        context = current()
        if context is not None:
            context.runtime.recorder.wait_applied()

    async def aflush(self) -> None:
        """As ``flush``, while the event loop goes on."""
        import asyncio  # noqa: PLC0415 - synchronous programs never load it

        await asyncio.to_thread(self.flush)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the standard library's name
        """Say on stderr what went wrong, once for each kind of error."""
        kind, error, _ = sys.exc_info()
        if kind is None or kind in self._told or sys.stderr is None:
            return
        self._told.add(kind)
        where = f"{record.pathname}:{record.lineno}"
        sys.stderr.write(f"tidemill: a log line from {where} could not be recorded: {kind.__name__}: {error}\n")

    def _found(self, record: logging.LogRecord) -> tuple[Runtime, LogWritten] | None:
        said = record.__dict__
        context = said.get("run_context")
        if context is None:
            if said.get("flow_run_id") or said.get("task_run_id"):
                return self._of_named_run(record, said.get("flow_run_id"), said.get("task_run_id"))
            context = current()
            if context is None:
                return None
        flow = context.flow_context
        flow_run_id = flow.run_id if flow is not None else None
        task_run_id = context.run_id if context is not flow else None
        return context.runtime, self._entry(record, context.root, flow_run_id, task_run_id)

    def _of_named_run(
        self, record: logging.LogRecord, flow_run_id: Any, task_run_id: Any
    ) -> tuple[Runtime, LogWritten]:
        flow_run_id, task_run_id = (str(given) if given else None for given in (flow_run_id, task_run_id))
        here, root = sinks.place_of(flow_run_id)
        return here, self._entry(record, root, flow_run_id, task_run_id)

    def _entry(
        self, record: logging.LogRecord, root: str, flow_run_id: str | None, task_run_id: str | None
    ) -> LogWritten:
        message = record.getMessage()
        if record.exc_info or record.exc_text or record.stack_info or self.formatter is not None:
            message = (self.formatter or _texts).format(record)
        message = clean_text(redact(message))
        if len(message) * _UTF8_BYTES_AT_MOST > self.max_log_size:
            message = _cut(message, self.max_log_size)
        return LogWritten(
            root,
            flow_run_id,
            task_run_id,
            record.name,
            _bounded(record.levelno),
            int(record.created * 1_000_000),
            message,
        )

    def _tell_missing(self, record: logging.LogRecord) -> None:
        if self.when_missing_flow == "ignore":
            return
        message = (
            f"Logger {record.name!r} was used outside of a run, so the line is not kept: log within a flow or task, or"
            " set TIDEMILL_LOGGING_TO_API_WHEN_MISSING_FLOW=ignore"
        )
        if self.when_missing_flow == "error":
            raise MissingContextError(message)
        warnings.warn_explicit(message, UserWarning, record.pathname, record.lineno)


def _bounded(level: int) -> int:
    """The level, as far as a database counts: one beyond that would keep all that comes after it from being stored."""
    return level if -_GREATEST_LEVEL <= level <= _GREATEST_LEVEL else _GREATEST_LEVEL


def _cut(message: str, size: int) -> str:
    encoded = message.encode()
    if len(encoded) <= size:
        return message
    note = f" … ({len(encoded):,} bytes, cut: TIDEMILL_LOGGING_TO_API_MAX_LOG_SIZE is {size:,})"
    return encoded[: max(size - len(note.encode()), 0)].decode(errors="ignore") + note


class TidemillConsoleHandler(logging.StreamHandler[TextIO]):
    """Writes lines to a stream, by default to whatever ``sys.stderr`` is at that moment.

    Levels are coloured where ``takes_colours`` says so, unless ``TIDEMILL_LOGGING_COLORS=false`` is set. With a
    ``highlighter``, ``styles`` or ``markup`` lines are drawn by rich, which is prettier and some thirty times slower.
    """

    def __init__(
        self,
        stream: TextIO | None = None,
        highlighter: type[Any] | None = None,
        styles: dict[str, str] | None = None,
        level: int | str = 0,
        *,
        colors: bool = True,
        markup: bool = False,
    ) -> None:
        logging.Handler.__init__(self, level)
        self._given = stream
        self._colors = colors
        self._looked_at: TextIO | None = None
        self._colored = False
        self._drawing = (highlighter, styles or {}, markup) if highlighter or styles or markup else None

    @property
    def stream(self) -> TextIO:  # type: ignore[override]  # theirs is bound once; ours follows sys.stderr
        """Where the lines go."""
        return self._given if self._given is not None else sys.stderr

    def setStream(self, stream: TextIO) -> TextIO | None:  # noqa: N802 - the standard library's name
        """Write to another stream from here on; gives the one before."""
        before, self._given = self.stream, stream
        return before

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record, with secrets masked."""
        try:
            stream = self.stream
            if stream is None or stream.closed:  # no console, as under pythonw, or none any more
                return
            text = redact(self.format(record))
            if self._drawing is not None:
                self._draw(text)
                return
            if stream is not self._looked_at:
                self._looked_at, self._colored = stream, self._colors and takes_colours(stream)
            if self._colored:
                text = _colored(text, record)
            _write(stream, text + "\n")
        except Exception:  # noqa: BLE001 - a log line must not change what the program does
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the standard library's name
        """Say on stderr what is wrong with the line, and where it was logged; nothing if ``raiseExceptions`` is off."""
        kind, error, _ = sys.exc_info()
        if not logging.raiseExceptions or kind is None or sys.stderr is None:
            return
        where = f'--- Logging error ---\n  File "{record.pathname}", line {record.lineno}, in {record.funcName}'
        try:
            said = redact(f"{kind.__name__}: {error}\nMessage: {record.msg!r}\nArguments: {record.args}")
        except Exception as inner:  # noqa: BLE001 - what cannot be written may not show itself either
            said = f"{kind.__name__} (it cannot be shown: {type(inner).__name__})"
        with suppress(OSError):  # there is nowhere left to say it
            _write(sys.stderr, f"{where}\n{said}\n")

    @property
    def console(self) -> Console:
        """Rich's console on the stream as it is now, with the handler's styles; lines are drawn by one like it."""
        from rich.console import Console  # noqa: PLC0415 - slow to load, and only those who ask for it pay
        from rich.theme import Theme  # noqa: PLC0415

        stream = self.stream
        colors = self._colors and takes_colours(stream)
        styles = self._drawing[1] if self._drawing is not None else {}
        return Console(file=stream, theme=Theme(styles), no_color=not colors, force_terminal=colors, highlight=False)

    def _draw(self, text: str) -> None:
        from rich.text import Text  # noqa: PLC0415 - as above

        assert self._drawing is not None
        highlighter, _, markup = self._drawing
        drawn = Text.from_markup(text) if markup else Text(text)
        if highlighter is not None:
            highlighter().highlight(drawn)
        self.console.print(drawn, soft_wrap=True)


_COLORS: Final = {"DEBUG": "2", "INFO": "36", "WARNING": "33", "ERROR": "31", "CRITICAL": "91"}


def _colored(text: str, record: logging.LogRecord) -> str:
    color = _COLORS.get(record.levelname)
    if color is None:
        return text
    return text.replace(record.levelname, f"\x1b[{color}m{record.levelname}\x1b[0m", 1)


def _write(stream: TextIO, line: str) -> None:
    try:
        stream.write(line)
    except UnicodeEncodeError:
        encoding = stream.encoding or "ascii"
        stream.write(line.encode(encoding, "backslashreplace").decode(encoding))
    stream.flush()
