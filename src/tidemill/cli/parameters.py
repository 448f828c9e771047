"""Arguments that can be given as options too, and options that scripts give which were written for others."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from tidemill.cli.errors import UsageProblem

if TYPE_CHECKING:
    from collections.abc import Callable

_SHOWN: Final = 40
F = TypeVar("F", bound="Callable[..., Any]")


def positional(name: str, *, required: bool = True, many: bool = False, metavar: str | None = None) -> Callable[[F], F]:
    """An argument that may also come as ``--name value``; the option is not shown in the help.

    With ``many`` the function gets a tuple, and both ways may be repeated.
    """
    flag = f"--{name.replace('_', '-')}"
    hidden = f"{name}_as_option"
    shown = metavar or name.upper()

    def decorate(function: F) -> F:
        @wraps(function)
        def merged(*args: Any, **kwargs: Any) -> Any:
            kwargs[name] = _merged(kwargs[name], kwargs.pop(hidden), name=shown, required=required, many=many)
            return function(*args, **kwargs)

        argument = click.argument(
            name, required=False, nargs=-1 if many else 1, metavar=shown if required else f"[{shown}]"
        )
        return argument(click.option(flag, hidden, hidden=True, multiple=many)(merged))  # type: ignore[return-value] # click keeps the parameters on a function of the same shape

    return decorate


def whole_number(text: str, name: str) -> int:
    """What an argument says, which may not begin with a hyphen anyway; raises UsageError for anything else."""
    try:
        if text.isdecimal():
            return int(text)
    except ValueError:  # more digits than Python reads
        pass
    raise click.UsageError(f"{name} is a whole number, not {text[:_SHOWN]!r}", ctx=click.get_current_context())


def none_of(option: str) -> Callable[[F], F]:
    """An option, not shown in the help, by which scripts say in words that a repeatable option is not given."""
    return click.option(f"--empty-{option}", is_flag=True, hidden=True, expose_value=False)


def hosted_account(command: F) -> F:
    """An option, not shown in the help, of those who have a hosted service: who gives it hears that there is none."""
    flag = "--account/--no-account"
    return click.option(flag, default=False, hidden=True, expose_value=False, callback=_no_account)(command)


def _no_account(_context: click.Context, _option: click.Parameter, given: bool) -> None:
    if given:
        raise UsageProblem("--account is for a hosted service, and there is no hosted tidemill")


def _merged(argument: Any, option: Any, *, name: str, required: bool, many: bool) -> Any:
    if many:
        values = (*argument, *option)
    elif argument is not None and option is not None:
        raise click.UsageError(f"{name} was given twice", ctx=click.get_current_context())
    else:
        values = argument if argument is not None else option
    if required and (values is None or values == ()):
        raise click.UsageError(f"missing argument {name}", ctx=click.get_current_context())
    return values
