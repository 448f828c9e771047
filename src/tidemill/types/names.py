"""What names may look like, as types that pydantic checks and as functions.

This module loads pydantic; the engine checks names with ``tidemill.domain.names``.
"""

from __future__ import annotations

import re
from functools import partial
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field

from tidemill.domain.names import BANNED_CHARACTERS as _BANNED

BANNED_CHARACTERS: Final = list(_BANNED)
WITHOUT_BANNED_CHARACTERS: Final = f"^[^{''.join(_BANNED)}]+$"
WITHOUT_BANNED_CHARACTERS_EMPTY_OK: Final = f"^[^{''.join(_BANNED)}]*$"
LOWERCASE_LETTERS_NUMBERS_AND_DASHES_ONLY_REGEX: Final = "^[a-z0-9-]*$"
LOWERCASE_LETTERS_NUMBERS_AND_UNDERSCORES_REGEX: Final = "^[a-z0-9_]*$"
LOWERCASE_LETTERS_NUMBERS_AND_DASHES_OR_UNDERSCORES_REGEX: Final = "^[a-z0-9-_]*$"
MAX_VARIABLE_NAME_LENGTH: Final = 255
MAX_ASSET_KEY_LENGTH: Final = 512
URI_REGEX: Final = re.compile("^[a-z0-9]+://")
RESTRICTED_ASSET_CHARACTERS: Final = list("\n\r\t\0 #?&%\"'<>[]{}|\\^`")


def _only(pattern: str, allowed: str, value: str | None, field_name: str) -> str | None:
    # not ``$`` alone, which lets a final newline pass
    if value is not None and not re.fullmatch(pattern.removeprefix("^").removesuffix("$"), value):
        raise ValueError(f"expected {field_name!r} to have lowercase letters, digits and {allowed} only, got {value!r}")
    return value


def raise_on_name_alphanumeric_dashes_only(value: str | None, field_name: str = "value") -> str | None:
    """The name, of lowercase letters, digits and dashes. Raises ValueError naming ``field_name``."""
    return _only(LOWERCASE_LETTERS_NUMBERS_AND_DASHES_ONLY_REGEX, "dashes", value, field_name)


def raise_on_name_alphanumeric_underscores_only(value: str | None, field_name: str = "value") -> str | None:
    """The name, of lowercase letters, digits and underscores. Raises ValueError naming ``field_name``."""
    return _only(LOWERCASE_LETTERS_NUMBERS_AND_UNDERSCORES_REGEX, "underscores", value, field_name)


def raise_on_name_alphanumeric_dashes_underscores_only(value: str, field_name: str = "value") -> str:
    """The name, of lowercase letters, digits, dashes and underscores. Raises ValueError naming ``field_name``."""
    _only(LOWERCASE_LETTERS_NUMBERS_AND_DASHES_OR_UNDERSCORES_REGEX, "dashes or underscores", value, field_name)
    return value


def non_emptyish(value: str) -> str:
    """The name, if anything but blanks and quotation marks is in it. Raises ValueError."""
    if not value.strip("' \""):
        raise ValueError(f"expected a name with something to see in it, got {value!r}")
    return value


def validate_uri(value: str) -> str:
    """The text, if it begins as a URI does. Raises ValueError."""
    if not URI_REGEX.match(value):
        raise ValueError(f"expected a URI such as storage://bucket/folder/asset.csv, got {value!r}")
    return value


def validate_valid_asset_key(value: str) -> str:
    """The key of an asset: a URI without characters that mean something in addresses, not too long."""
    validate_uri(value)
    if len(value) > MAX_ASSET_KEY_LENGTH:
        raise ValueError(f"expected an asset key of at most {MAX_ASSET_KEY_LENGTH} characters, got {len(value)}")
    for character in RESTRICTED_ASSET_CHARACTERS:
        if character in value:
            raise ValueError(f"expected an asset key without {character!r}, got {value!r}")
    return value


def _text(value: Any) -> Any:
    return non_emptyish(value) if isinstance(value, str) else value


Name = Annotated[str, Field(pattern=WITHOUT_BANNED_CHARACTERS)]
NameOrEmpty = Annotated[str, Field(pattern=WITHOUT_BANNED_CHARACTERS_EMPTY_OK)]
NonEmptyishName = Annotated[str, Field(pattern=WITHOUT_BANNED_CHARACTERS), BeforeValidator(_text)]
VariableName = Annotated[
    str,
    AfterValidator(partial(raise_on_name_alphanumeric_dashes_underscores_only, field_name="Variable name")),
    Field(max_length=MAX_VARIABLE_NAME_LENGTH, description="The name of the variable", examples=["my_variable"]),
]
BlockDocumentName = Annotated[
    Name, AfterValidator(partial(raise_on_name_alphanumeric_dashes_only, field_name="Block document name"))
]
BlockTypeSlug = Annotated[
    str, AfterValidator(partial(raise_on_name_alphanumeric_dashes_only, field_name="Block type slug"))
]
ArtifactKey = Annotated[str, AfterValidator(partial(raise_on_name_alphanumeric_dashes_only, field_name="Artifact key"))]
URILike = Annotated[
    str,
    AfterValidator(validate_uri),
    Field(
        description="Text that begins as a URI does, with a protocol in lowercase",
        examples=["s3://bucket/folder/data.csv", "postgres://dbtable"],
    ),
]
ValidAssetKey = Annotated[
    str,
    AfterValidator(validate_valid_asset_key),
    Field(
        max_length=MAX_ASSET_KEY_LENGTH,
        description="A URI without characters that mean something in addresses",
        examples=["s3://bucket/folder/data.csv", "postgres://dbtable"],
    ),
]
