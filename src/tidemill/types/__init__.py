"""Types for annotations that say more than ``str``; the modules of this package load pydantic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.lazily import lazily

if TYPE_CHECKING:
    from tidemill.types.coerced import (
        ClientRetryExtraCodes,
        JsonStringOrDict,
        LaxUrl,
        ListOfNonEmptyStrings,
        LogLevel,
        NonNegativeFloat,
        NonNegativeInteger,
        NonNegativeTimeDelta,
        PositiveInteger,
        SecondsTimeDelta,
        StatusCode,
        TaskRetryDelaySeconds,
        TimeZone,
        cast_none_to_empty_dict,
        convert_none_to_empty_dict,
        parse_retry_delay_input,
        validate_set_T_from_delim_string,
    )
    from tidemill.types.moments import Date, DateTime
    from tidemill.types.names import (
        BANNED_CHARACTERS,
        MAX_VARIABLE_NAME_LENGTH,
        WITHOUT_BANNED_CHARACTERS,
        Name,
        NameOrEmpty,
        NonEmptyishName,
        URILike,
        ValidAssetKey,
    )
    from tidemill.types.values import (
        MAX_VARIABLE_VALUE_LENGTH,
        KeyValueLabels,
        KeyValueLabelsField,
        SecretDict,
        StrictVariableValue,
        VariableValue,
        check_variable_value,
    )

#: Loaded when asked for: names of tidemill are imported by everybody, pydantic is not.
_HOMES = {
    "BANNED_CHARACTERS": "tidemill.types.names",
    "ClientRetryExtraCodes": "tidemill.types.coerced",
    "Date": "tidemill.types.moments",
    "DateTime": "tidemill.types.moments",
    "JsonStringOrDict": "tidemill.types.coerced",
    "KeyValueLabels": "tidemill.types.values",
    "KeyValueLabelsField": "tidemill.types.values",
    "LaxUrl": "tidemill.types.coerced",
    "ListOfNonEmptyStrings": "tidemill.types.coerced",
    "LogLevel": "tidemill.types.coerced",
    "MAX_VARIABLE_NAME_LENGTH": "tidemill.types.names",
    "MAX_VARIABLE_VALUE_LENGTH": "tidemill.types.values",
    "Name": "tidemill.types.names",
    "NameOrEmpty": "tidemill.types.names",
    "NonEmptyishName": "tidemill.types.names",
    "NonNegativeFloat": "tidemill.types.coerced",
    "NonNegativeInteger": "tidemill.types.coerced",
    "NonNegativeTimeDelta": "tidemill.types.coerced",
    "PositiveInteger": "tidemill.types.coerced",
    "SecondsTimeDelta": "tidemill.types.coerced",
    "SecretDict": "tidemill.types.values",
    "StatusCode": "tidemill.types.coerced",
    "StrictVariableValue": "tidemill.types.values",
    "TaskRetryDelaySeconds": "tidemill.types.coerced",
    "TimeZone": "tidemill.types.coerced",
    "URILike": "tidemill.types.names",
    "ValidAssetKey": "tidemill.types.names",
    "VariableValue": "tidemill.types.values",
    "WITHOUT_BANNED_CHARACTERS": "tidemill.types.names",
    "cast_none_to_empty_dict": "tidemill.types.coerced",
    "check_variable_value": "tidemill.types.values",
    "convert_none_to_empty_dict": "tidemill.types.coerced",
    "parse_retry_delay_input": "tidemill.types.coerced",
    "validate_set_T_from_delim_string": "tidemill.types.coerced",
}

__all__ = [
    "BANNED_CHARACTERS",
    "MAX_VARIABLE_NAME_LENGTH",
    "MAX_VARIABLE_VALUE_LENGTH",
    "WITHOUT_BANNED_CHARACTERS",
    "ClientRetryExtraCodes",
    "Date",
    "DateTime",
    "JsonStringOrDict",
    "KeyValueLabels",
    "KeyValueLabelsField",
    "LaxUrl",
    "ListOfNonEmptyStrings",
    "LogLevel",
    "Name",
    "NameOrEmpty",
    "NonEmptyishName",
    "NonNegativeFloat",
    "NonNegativeInteger",
    "NonNegativeTimeDelta",
    "PositiveInteger",
    "SecondsTimeDelta",
    "SecretDict",
    "StatusCode",
    "StrictVariableValue",
    "TaskRetryDelaySeconds",
    "TimeZone",
    "URILike",
    "ValidAssetKey",
    "VariableValue",
    "cast_none_to_empty_dict",
    "check_variable_value",
    "convert_none_to_empty_dict",
    "parse_retry_delay_input",
    "validate_set_T_from_delim_string",
]

__getattr__ = lazily(__name__, _HOMES)
