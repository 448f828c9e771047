"""Commands, arguments and options of the contract's command line against ours."""

from __future__ import annotations

from typing import Any

import click

from tests.contract.facts import raw
from tests.contract.survey import Survey, module_named

MAIN = "tidemill.cli.main"


def root() -> click.Group | None:
    """Our command line's root group, once there is one."""
    module = module_named(MAIN)
    groups = (each for each in vars(module).values() if isinstance(each, click.Group)) if module else iter(())
    return next(groups, None)


def command_at(words: list[str]) -> click.Command | None:
    """The command that the words lead to."""
    found: click.Command | None = root()
    for word in words:
        if not isinstance(found, click.Group):
            return None
        found = found.get_command(click.Context(found), word)
    return found


def cli_survey() -> Survey:
    """Look at every command and every group's other names."""
    outcome, facts = Survey(), raw("cli.json")
    for path, about in facts["commands"].items():
        label, command = f"tidemill {path}", command_at(path.split())
        if command is None:
            outcome.missing[label] = f"command {path} {written(about)}".rstrip()
            continue
        outcome.present.add(label)
        outcome.deviates(label, parameter_differences(about, command))
    for path, about in facts["groups"].items():
        *above, _ = path.split()
        for alias in about.get("aliases", ()):
            group, other = command_at(path.split()), command_at([*above, alias])
            if group is not None and (other is None or other.name != group.name):
                outcome.deviates(f"tidemill {path}", [f"has no second name {alias!r}"])
    return outcome


def written(about: dict[str, Any]) -> str:
    """Arguments and options as a usage line."""
    arguments = [each["name"].upper() for each in about.get("args", ())]
    options = ["|".join(each["flags"]) for each in about.get("options", ())]
    return " ".join([*arguments, *(f"[{each}]" for each in options)])


def parameter_differences(about: dict[str, Any], command: click.Command) -> list[str]:
    """What somebody who types the contract's line would trip over. Further options of ours are welcome."""
    arguments = [each for each in command.params if isinstance(each, click.Argument)]
    options = {flag: each for each in command.params if isinstance(each, click.Option) for flag in each.opts}
    wanted = about.get("args", ())
    said = [f"argument {each['name'].upper()} is missing" for each in wanted[len(arguments) :]]
    said += [f"argument {ours.name} is ours" for ours in arguments[len(wanted) :] if ours.required]
    for fact, ours in zip(wanted, arguments, strict=False):
        if ours.required and not fact["required"]:
            said.append(f"argument {fact['name'].upper()} must be given")
        if bool(fact.get("variadic")) != (ours.nargs == -1):
            said.append(f"argument {fact['name'].upper()} takes {'one' if fact.get('variadic') else 'many'}")
    for fact in about.get("options", ()):
        said += _option_differences(fact, options)
    return said


def _option_differences(fact: dict[str, Any], options: dict[str, click.Option]) -> list[str]:
    others = [flag for each in options.values() for flag in each.secondary_opts]
    said_besides = [*fact.get("empty_flags", ()), *fact.get("negative_flags", ())]
    absent = [flag for flag in fact["flags"] if flag not in options]
    absent += [flag for flag in said_besides if flag not in options and flag not in others]
    if absent:
        return [f"option {', '.join(absent)} is missing"]
    ours = options[fact["flags"][0]]
    said = []
    if bool(fact.get("flag")) != bool(ours.is_flag):
        said.append(f"option {fact['flags'][0]} {'takes a value' if fact.get('flag') else 'takes no value'}")
    if fact.get("multiple") and not ours.multiple:
        said.append(f"option {fact['flags'][0]} cannot be repeated")
    if ours.required and not fact["required"]:
        said.append(f"option {fact['flags'][0]} must be given")
    return said
