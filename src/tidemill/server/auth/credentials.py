"""From an Authorization header to what was given with it. Nothing is looked up here.

Existing clients send ``Bearer KEY`` for an API key, and ``Basic base64(user:password)`` for an auth string; on sockets
the first message has either as its token. Whatever else comes is ``Malformed``, never an error.
"""

from __future__ import annotations

from binascii import Error as Base64Error
from binascii import a2b_base64
from typing import TYPE_CHECKING, Final, TypeAlias

from tidemill.server.auth.keys import PREFIX, RUN_PREFIX, PresentedKey, parse_key

if TYPE_CHECKING:
    from collections.abc import Sequence

#: A longer header is no credential of ours; it is refused unread.
LONGEST: Final = 4096
LOCAL_PREFIX: Final = "tml_"
_VISIBLE: Final = frozenset(range(0x21, 0x7F))


class Malformed:
    """Something stands there that no client of ours sends. ``why`` says what, and never repeats it."""

    __slots__ = ("why",)

    def __init__(self, why: str) -> None:
        self.why = why

    def __repr__(self) -> str:
        return f"<malformed credential: {self.why}>"


class AuthString:
    """``user:password`` was given, or another text that has to be the settings' own."""

    __slots__ = ("given",)

    def __init__(self, given: bytes) -> None:
        self.given = given

    def __repr__(self) -> str:
        return "<auth string>"


class LocalToken:
    """What stands in a file of the home, which only the server's own user can read, was given."""

    __slots__ = ("given",)

    def __init__(self, given: bytes) -> None:
        self.given = given

    def __repr__(self) -> str:
        return "<local token>"


Credential: TypeAlias = PresentedKey | AuthString | LocalToken


def read_authorization(headers: Sequence[bytes]) -> Credential | Malformed | None:
    """What the Authorization headers of a request give; None where there is none."""
    if len(headers) > 1:
        return Malformed("there are several Authorization headers")
    return _one_header(headers[0]) if headers else None


def _one_header(header: bytes) -> Credential | Malformed:
    if len(header) > LONGEST:
        return Malformed(f"the Authorization header is longer than {LONGEST} bytes")
    scheme, _, given = header.strip(b" \t").partition(b" ")
    given = given.strip(b" \t")
    if not given or not _VISIBLE.issuperset(given) or not _VISIBLE.issuperset(scheme):
        return Malformed("the Authorization header is not a scheme and a credential in ASCII")
    match scheme.lower():
        case b"bearer":
            return _bearer(given)
        case b"basic":
            return _basic(given)
        case _:
            return Malformed("the Authorization header is neither Bearer nor Basic")


def read_token(token: object) -> Credential | Malformed | None:
    """What the first message of a socket gives as its token; None where it gives none."""
    if token is None or token == "":
        return None
    if not isinstance(token, str):
        return Malformed("the token is not a text")
    try:
        given = token.encode()
    except UnicodeEncodeError:
        return Malformed("the token is not well-formed text")
    if len(given) > LONGEST:
        return Malformed(f"the token is longer than {LONGEST} bytes")
    return _bearer(given)


def _bearer(given: bytes) -> Credential | Malformed:
    if given.startswith((PREFIX.encode(), RUN_PREFIX.encode())):
        return parse_key(given.decode("ascii", "replace")) or Malformed(
            "the API key is cut or mistyped: its check does not fit"
        )
    if given.startswith(LOCAL_PREFIX.encode()):
        return LocalToken(given)
    return AuthString(given)


def _basic(given: bytes) -> Credential | Malformed:
    try:
        return AuthString(a2b_base64(given, strict_mode=True))
    except Base64Error:
        return Malformed("what follows Basic is not base64")
