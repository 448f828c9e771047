"""How a command fails: a sentence what, perhaps one why, and a command to try. A traceback only on request.

Exit codes: 0 done, 1 failed, 2 typed wrongly, 3 not found, 4 not allowed, 5 server not reachable, 130 interrupted,
143 terminated.
"""

from __future__ import annotations

import os
import sys
from enum import IntEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import click

from tidemill.cli.colour import styled, wants_colour
from tidemill.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence


class ExitCode(IntEnum):
    """What a script can tell apart."""

    OK = 0
    FAILED = 1
    USAGE = 2
    NOT_FOUND = 3
    NOT_ALLOWED = 4
    UNREACHABLE = 5
    INTERRUPTED = 130
    TERMINATED = 143


class Problem(Exception):  # noqa: N818 - it is what the user is told, and most often the user's
    """Ends the command with a message. ``hint`` is a command to try next, ``why`` a second sentence."""

    code = ExitCode.FAILED

    def __init__(
        self, what: str, *, why: str | None = None, hint: str | None = None, code: ExitCode | None = None
    ) -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.hint = hint
        self.code = self.code if code is None else code


class UsageProblem(Problem):
    """What was typed cannot be used."""

    code = ExitCode.USAGE


class NotFound(Problem):
    """What was named is not there."""

    code = ExitCode.NOT_FOUND


#: Exceptions of other rooms by name: their modules need not be loaded to fail.
_CODES: Final[dict[str, ExitCode]] = {
    "ObjectNotFound": ExitCode.NOT_FOUND,
    "MissingProfileError": ExitCode.NOT_FOUND,
    "UnknownRunError": ExitCode.NOT_FOUND,
    "EntrypointError": ExitCode.NOT_FOUND,
    "UnknownSetting": ExitCode.USAGE,
    "OptionError": ExitCode.USAGE,
    "InvalidNameError": ExitCode.USAGE,
    "NotThereError": ExitCode.NOT_FOUND,
    "NotValidError": ExitCode.USAGE,
    "NotAllowedError": ExitCode.NOT_ALLOWED,
    "NotLetInError": ExitCode.NOT_ALLOWED,
    "ServerAwayError": ExitCode.UNREACHABLE,
    "NotNowError": ExitCode.UNREACHABLE,
    "ConnectError": ExitCode.UNREACHABLE,
    "ConnectTimeout": ExitCode.UNREACHABLE,
    "ProtectedBlockError": ExitCode.NOT_ALLOWED,
    "PermissionError": ExitCode.NOT_ALLOWED,
}
#: For who is not let in.
KEY_HINT: Final = "tidemill auth key create NAME on the server's machine, and TIDEMILL_API_KEY=KEY here"
_HINTS: Final[dict[str, str]] = {
    "MissingProfileError": "tidemill profile ls",
    "NotAllowedError": KEY_HINT,
    "NotLetInError": KEY_HINT,
    "ServerAwayError": "tidemill server status",
    "NotNowError": "tidemill server status",
    "NotTheApiError": "tidemill config view",
    "InvalidSettings": "tidemill config validate",
    "UnreadableFile": "the same command once that file is mended, or moved away",
    "UnknownSetting": "tidemill config view --show-defaults",
}
_MACHINE_FORMATS: Final = frozenset({"json", "jsonl"})


def report(error: BaseException, arguments: Sequence[str]) -> ExitCode:
    """Tell the user, on stderr, and return what the process should exit with."""
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return ExitCode.INTERRUPTED
    if isinstance(error, BrokenPipeError):
        _let_go_of_stdout()
        return ExitCode.FAILED
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message(), err=True)
        return ExitCode.USAGE
    if wants_traceback(arguments):
        import traceback  # noqa: PLC0415 - on request

        traceback.print_exception(error)
    problem = as_problem(error)
    if wants_machine_format(arguments):
        click.echo(_as_json(problem), err=True)
    else:
        click.echo(_as_text(problem), err=True, color=wants_colour(sys.stderr))
    return problem.code


def as_problem(error: BaseException) -> Problem:
    """The error as something to tell; what nobody expected becomes a bug report."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, click.ClickException):
        return _of_click(error)
    kinds = [kind.__name__ for kind in type(error).__mro__]
    code = next((_CODES[kind] for kind in kinds if kind in _CODES), ExitCode.FAILED)
    hint = next((_HINTS[kind] for kind in kinds if kind in _HINTS), None)
    if isinstance(error, OSError):
        return _of_machine(error, code)
    said = _of_what_was_said(error, kinds)
    if said is not None:
        return said
    if type(error).__module__.startswith("tidemill."):
        return Problem(str(error), hint=hint, code=code)
    return Problem(
        f"unexpected {type(error).__name__}: {error}",
        why="This is a bug in tidemill, or in code that it loaded.",
        hint="the same command as 'tidemill --debug …', which shows where it happened",
    )


def _of_click(error: click.ClickException) -> Problem:
    context = getattr(error, "ctx", None)
    hint = f"{context.command_path} --help" if context is not None else None
    if isinstance(error, click.NoSuchOption):
        known = [flag for each in context.command.params for flag in each.opts] if context is not None else []
        likely = did_you_mean(error.option_name, [flag for flag in known if flag.startswith("-")])
        return UsageProblem(f"unknown option {error.option_name!r}{likely}", hint=hint)
    message = error.format_message().rstrip(".")
    first = message.partition(" ")[0]
    what = message if first.isupper() else message[:1].lower() + message[1:]
    return UsageProblem(what, hint=hint) if isinstance(error, click.UsageError) else Problem(what)


def _of_what_was_said(error: BaseException, kinds: Sequence[str]) -> Problem | None:
    if "InvalidURL" in kinds:
        return UsageProblem(f"TIDEMILL_API_URL is no address: {error}", hint="tidemill config view")
    if isinstance(error, UnicodeEncodeError) and error.reason == "surrogates not allowed":
        return UsageProblem("what was typed is no text: it has bytes that are no UTF-8")
    return None


def _working_directory_is_there() -> bool:
    try:
        os.getcwd()  # noqa: PTH109 - only whether it answers
    except FileNotFoundError:
        return False
    return True


def _of_machine(error: OSError, code: ExitCode) -> Problem:
    if isinstance(error, FileNotFoundError) and error.filename is None and not _working_directory_is_there():
        return Problem("the working directory is not there any more", hint="cd, and the same command again")
    where = f"{error.filename}: " if error.filename is not None else ""
    return Problem(f"{where}{error.strerror or error}", code=code)


def wants_traceback(arguments: Sequence[str]) -> bool:
    """``--debug`` before the command, or debug mode in the settings."""
    for word in arguments:
        if word == "--debug":
            return True
        if not word.startswith("-"):
            break
    return _debug_mode()


def _debug_mode() -> bool:
    import warnings  # noqa: PLC0415 - only failures ask

    from tidemill.exceptions import SetupError  # noqa: PLC0415 - as above
    from tidemill.settings import get_current_settings  # noqa: PLC0415 - as above

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of settings that are misspelt, the command tells where it needs them
            return get_current_settings().debug_mode
    except (SetupError, OSError):  # what is wrong is told; the environment can ask for more all the same
        return os.environ.get("TIDEMILL_DEBUG_MODE", "").lower() in {"1", "true", "yes", "on"}


def wants_machine_format(arguments: Sequence[str]) -> bool:
    """Whether ``-o json`` was typed; asked even of lines that could not be parsed."""
    for word, after in pairwise([*arguments, ""]):
        if word in {"-o", "--output"} and after in _MACHINE_FORMATS:
            return True
        if word.startswith("--output=") and word.removeprefix("--output=") in _MACHINE_FORMATS:
            return True
        if word.startswith("-o") and word.removeprefix("-o").lstrip("=") in _MACHINE_FORMATS:
            return True
    return False


def _as_text(problem: Problem) -> str:
    from tidemill.cli.plain_text import harmless, indented  # noqa: PLC0415 - names of others steer no terminal

    lines = [f"{styled('Error:', 'red', sys.stderr)} {indented(problem.what, '')}"]
    if problem.why:
        lines.append(indented(problem.why, ""))
    if problem.hint:
        lines.append(f"{styled('Try:', 'green', sys.stderr)} {harmless(problem.hint)}")
    return "\n".join(lines)


def _as_json(problem: Problem) -> str:
    import json  # noqa: PLC0415 - on request

    told: dict[str, Any] = {"code": problem.code.name.lower(), "exit_code": int(problem.code), "message": problem.what}
    told.update({key: text for key, text in (("why", problem.why), ("try", problem.hint)) if text})
    return json.dumps({"error": told})


def _let_go_of_stdout() -> None:
    """Who read our output has left; without this the interpreter complains when it flushes at the end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, sys.stdout.fileno())
    except (OSError, ValueError):  # stdout is not a real file, as in tests
        pass
    finally:
        os.close(nowhere)
