"""Names of runs and things: made up, made from templates, checked, and made safe to store."""

from __future__ import annotations

import re
from string import Formatter
from typing import TYPE_CHECKING, Any, Final

from tidemill.domain.words import ADJECTIVES, ANIMALS
from tidemill.exceptions import InvalidNameError, OptionError
from tidemill.suggestions import did_you_mean, one_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

#: Characters with a meaning in paths and queries; names of flows, deployments, blocks … may not have them.
BANNED_CHARACTERS: Final = ("/", "%", "&", ">", "<")

#: By what texts things are found stands in indexes, and no row of one may be larger than a third of a database's page.
LONGEST_NAME_BYTES: Final = 1000
LONGEST_KEY_BYTES: Final = 2000
_LONGEST: Final = {
    **dict.fromkeys(("name", "slug", "tag", "key", "task_key", "dynamic_key", "work_queue_name"), LONGEST_NAME_BYTES),
    "idempotency_key": LONGEST_KEY_BYTES,
}
_HAS_BANNED: Final = re.compile(r"[/%&><]").search
_UNSTORABLE: Final = re.compile(r"[\x00\ud800-\udfff]")


def made_up_name(entropy: int) -> str:
    """A name for a run that has none: ``brisk-otter``. The same entropy, 32 bits or more, gives the same name."""
    rest, animal = divmod(entropy, len(ANIMALS))
    return f"{ADJECTIVES[rest % len(ADJECTIVES)]}-{ANIMALS[animal]}"


def clean_text(text: str) -> str:
    """The text as any database and any encoder takes it; nearly always the very same object.

    NUL becomes its picture U+2400, a lone surrogate its escape (``\\udc80``), so that nothing is lost to the eye.
    """
    if text.isascii():
        return text.replace("\x00", "␀")
    try:
        text.encode()
    except UnicodeEncodeError:
        return _UNSTORABLE.sub(_harmless, text)
    return text.replace("\x00", "␀")


def _harmless(found: re.Match[str]) -> str:
    character = found[0]
    return "␀" if character == "\x00" else f"\\u{ord(character):04x}"


#: An escape within a JSON text, behind an even number of backslashes: of NUL, of a pair of surrogates, of a lone one.
_ESCAPE: Final = re.compile(
    rb"(?<!\\)((?:\\\\)*)\\u(?:(0000)|d[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|(d[89a-f][0-9a-f]{2}))", re.IGNORECASE
)


def storable_json(document: bytes) -> bytes:
    """JSON whose texts are clean in the sense of ``clean_text``, and nearly always the very same object."""
    if b"\\u0000" not in document and b"\\ud" not in document and b"\\uD" not in document:
        return document
    return _ESCAPE.sub(_harmless_escape, document)


def _harmless_escape(found: re.Match[bytes]) -> bytes:
    if found[2]:
        return found[1] + b"\\u2400"
    return found[1] + b"\\\\u" + found[3] if found[3] else found[0]


def too_long(field: str, text: str) -> str | None:
    """Why a text is too long for a field of this name; None when it is not."""
    longest = _LONGEST.get(field)
    if longest is None or 4 * len(text) <= longest or len(text.encode("utf-8", "replace")) <= longest:
        return None
    return f"expected {longest} bytes at most, got {len(text.encode('utf-8', 'replace'))}"


def check_name(name: str, kind: str = "name") -> str:
    """The name, if things may be called so: no banned characters, something to see.

    ``kind`` says in the message whose name it is. Raises InvalidNameError.
    """
    found = _HAS_BANNED(name)
    if found is not None:
        raise InvalidNameError(
            f"The {kind} {name!r} has {found[0]!r} in it, which stands for something else in addresses: leave out "
            f"{' '.join(BANNED_CHARACTERS)}"
        )
    complaint = too_long("name", name)
    if complaint is not None:
        raise InvalidNameError(f"The {kind} {name[:60]!r}… is too long: {complaint}")
    if not name.strip(" \t\r\n\"'"):
        raise InvalidNameError(f"The {kind} {name!r} is empty: give it at least one visible character")
    return name


def cut(name: str) -> str:
    """The name, or its beginning where it is longer than a name may be."""
    if too_long("name", name) is None:
        return name
    return name.encode()[: LONGEST_NAME_BYTES - len("…".encode())].decode(errors="ignore") + "…"


def template_fields(template: str) -> tuple[str, ...]:
    """The names that a run name's template asks for: ``"{x}-{y.z}"`` asks for x and y. ValueError when malformed."""
    found = []
    for _, field, _, _ in Formatter().parse(template):
        if field is not None:
            found.append(re.split(r"[.\[]", field, maxsplit=1)[0])
    return tuple(found)


def check_template(template: object, known: Collection[str], option: str) -> None:
    """Look at a run name's template when the flow or task is made: better then than at its first run.

    ``known`` are the function's parameters. A template is text or a function; raises OptionError naming ``option``.
    """
    if template is None or callable(template):
        return
    if not isinstance(template, str):
        raise OptionError.expected(option, "text or a function that returns text", template)
    try:
        fields = template_fields(template)
    except ValueError as error:
        raise OptionError(f"The {option} {template!r} is not a template: {error}") from error
    for field in fields:
        if field not in known:
            advice = did_you_mean(field, known) or f"; there is {one_of(known)}"
            raise OptionError(f"The {option} {template!r} asks for {field!r}, which is no parameter{advice}")


def filled(template: str, parameters: Mapping[str, Any], option: str) -> str:
    """A run's name: the template filled with the run's parameters, cut where it is longer than a name may be.

    Raises OptionError naming ``option`` when it cannot be filled. Templates that are functions are the engine's to
    call.
    """
    try:
        return cut(clean_text(template.format_map(parameters)))
    except KeyError as error:
        check_template(template, parameters, option)
        raise OptionError(f"The {option} {template!r} cannot be filled: there is no {error}") from error
    except (AttributeError, IndexError, TypeError, ValueError) as error:
        raise OptionError(f"The {option} {template!r} cannot be filled: {error}") from error
