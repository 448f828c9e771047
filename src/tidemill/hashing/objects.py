"""Names for what is of no plain type: enums, records, functions, arrays and frames, and at last whatever pickles."""

from __future__ import annotations

import copyreg
import sys
import types
from collections import OrderedDict
from enum import Enum
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from tidemill.domain.states import State
from tidemill.domain.values import value_of
from tidemill.hashing import quick
from tidemill.hashing.content import Refusal, Walk, leaf, module_name, node, place, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def describe(walk: Walk, value: Any) -> bytes:
    """The name of a value, by the first description that fits."""
    kind = type(value)
    if isinstance(value, type):
        return place(value)
    if isinstance(value, Enum):
        return node(b"E", (place(kind), text(b"k", value.name or str(value.value))))
    if isinstance(value, PurePath):
        return node(b"P", (place(kind), text(b"s", str(value))))
    for attribute, names in _RECORDS.items():
        if hasattr(kind, attribute):
            return walk.fields(value, _present(value, names(value)))
    foreign = _LIBRARIES.get((kind.__module__.partition(".")[0], kind.__name__))
    if foreign is not None:
        return foreign(walk, value)
    by_kind = _BY_KIND.get(kind)
    return by_kind(walk, value) if by_kind is not None else _subclass(walk, value)


def _present(value: Any, names: Any) -> Iterator[tuple[str, Any]]:
    for name in names:
        if hasattr(value, name):
            yield name, getattr(value, name)


def _pydantic_names(value: Any) -> list[str]:
    return [*type(value).__pydantic_fields__, *sorted(value.__pydantic_extra__ or ())]


#: A mark that a kind of record leaves on its classes, and the names of the fields that are its content.
_RECORDS: dict[str, Callable[[Any], Any]] = {
    "__pydantic_fields__": _pydantic_names,
    "__dataclass_fields__": lambda value: type(value).__dataclass_fields__,
    "__struct_fields__": lambda value: type(value).__struct_fields__,
    "__attrs_attrs__": lambda value: [field.name for field in type(value).__attrs_attrs__],
}


def _code(walk: Walk, code: types.CodeType) -> bytes:
    constants = node(b"K", [walk.name(constant) for constant in code.co_consts])
    names = walk.name((code.co_names, code.co_varnames, code.co_freevars, code.co_argcount, code.co_kwonlyargcount))
    return node(b"C", (leaf(b"b", code.co_code), constants, names, leaf(b"i", code.co_flags.to_bytes(8, "little"))))


def _function(walk: Walk, function: types.FunctionType) -> bytes:
    held = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    return walk.fields(
        function,
        [
            ("__qualname__", function.__qualname__),
            ("__code__", function.__code__),
            ("__defaults__", function.__defaults__),
            ("__kwdefaults__", function.__kwdefaults__),
            *((f"<closure {name}>", _cell(cell)) for name, cell in held),
        ],
    )


def _state(walk: Walk, state: State[Any]) -> bytes:
    """What a state says, without its id and time: one that is had again from the record has others."""
    try:
        value = value_of(state)
    except Exception as error:
        raise Refusal(state, str(error)) from error
    said: list[Any] = [state.type.value, state.name, state.message]
    if not isinstance(value, BaseException):  # an error that does not pickle comes back as another; its words stay
        said.append(value)
    return walk.members(said, b"Z")


def _cell(cell: types.CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not filled yet
        return types.CellType


def _array(walk: Walk, value: Any) -> bytes:
    head = text(b"a", f"{value.dtype.str} {value.shape}")
    if value.dtype.fields:  # by field, since padding between them is not content
        return node(b"A", [head, *(text(b"k", name) + _array(walk, value[name]) for name in value.dtype.names)])
    if value.dtype.hasobject:
        return node(b"A", (head, walk.name(value.tolist())))
    return node(b"A", (head, walk.stream(b"a*", value.nbytes, _rows(value))))


def _rows(value: Any) -> Iterator[Any]:
    """The elements in C order as few buffers, copying a piece at a time where they do not lie in that order."""
    if value.flags.c_contiguous:
        yield value.reshape(-1).view("u1") if value.size else b""
        return
    row = value[:1].nbytes
    if row > quick.PIECE and value.ndim > 1:
        for part in value:
            yield from _rows(part)
        return
    rows = max(quick.PIECE // row, 1)
    for at in range(0, len(value), rows):
        yield value[at : at + rows].tobytes()


def _pandas_values(walk: Walk, value: Any) -> bytes:
    kind = str(value.dtype)
    if kind == "category":
        codes, categories = value.array.codes, value.array.categories
        return node(b"V", (text(b"k", kind), _array(walk, codes), _pandas_series(walk, categories)))
    if type(value.dtype).__module__.startswith("numpy"):
        return node(b"V", (text(b"k", kind), _array(walk, value.to_numpy())))
    return node(b"V", (text(b"k", kind), walk.name(value.tolist())))


def _pandas_series(walk: Walk, value: Any) -> bytes:
    return node(b"S", (place(type(value)), walk.name(value.name), _pandas_values(walk, value)))


def _pandas_indexed(walk: Walk, value: Any) -> bytes:
    return node(b"S", (_pandas_series(walk, value), walk.name(value.index)))


def _pandas_multi_index(walk: Walk, value: Any) -> bytes:
    return node(b"I", (walk.name(list(value.names)), walk.name(value.tolist())))


def _pandas_frame(walk: Walk, value: Any) -> bytes:
    columns = [_pandas_values(walk, value.iloc[:, position]) for position in range(value.shape[1])]
    return node(b"W", [walk.name(value.columns), walk.name(value.index), walk.name(value.attrs), *columns])


def _polars_series(walk: Walk, value: Any) -> bytes:
    plain = value.dtype.is_numeric() and not value.dtype.is_decimal() and not value.null_count()
    content = _array(walk, value.to_numpy()) if plain else walk.name(value.to_list())
    return node(b"L", (text(b"k", f"{value.name} {value.dtype}"), content))


def _polars_frame(walk: Walk, value: Any) -> bytes:
    return node(b"W", [_polars_series(walk, column) for column in value.iter_columns()])


#: Known by name, so that none of these libraries is imported for the question.
_LIBRARIES: dict[tuple[str, str], Callable[[Walk, Any], bytes]] = {
    ("numpy", "ndarray"): _array,
    ("pandas", "DataFrame"): _pandas_frame,
    ("pandas", "Series"): _pandas_indexed,
    ("pandas", "Index"): _pandas_series,
    ("pandas", "RangeIndex"): _pandas_series,
    ("pandas", "DatetimeIndex"): _pandas_series,
    ("pandas", "CategoricalIndex"): _pandas_series,
    ("pandas", "MultiIndex"): _pandas_multi_index,
    ("polars", "DataFrame"): _polars_frame,
    ("polars", "Series"): _polars_series,
}

_BY_KIND: dict[type, Callable[[Walk, Any], bytes]] = {
    State: _state,
    types.FunctionType: _function,
    types.CodeType: _code,
    types.ModuleType: lambda _walk, value: text(b"M", module_name(value.__name__)),
    memoryview: lambda walk, value: walk.buffer(b"v", value if value.c_contiguous else value.tobytes()),
}


def _subclass(walk: Walk, value: Any) -> bytes:
    if isinstance(value, (set, frozenset)):
        own = walk.name(dict(getattr(value, "__dict__", {})))
        return node(b"o", (place(type(value)), walk.unordered(value, b"{"), own))
    return _reduced(walk, value)


def _reduced(walk: Walk, value: Any) -> bytes:
    """What the value would say of itself to be pickled, walked part by part: no memo, no order of dicts and sets."""
    reduce = copyreg.dispatch_table.get(type(value))
    try:
        said = reduce(value) if reduce is not None else value.__reduce_ex__(4)
    except Exception as error:  # noqa: BLE001 - whatever the user's class raises, cloudpickle may know a way
        return _pickled(value, error)
    if isinstance(said, str):
        return text(b"G", f"{module_name(getattr(value, '__module__', '') or '')}:{said}")
    make, arguments, state, items, pairs = [*said, None, None, None][:5]
    attributes = _attributes(state)
    ordered = isinstance(value, OrderedDict)
    parts = [
        place(make) if _is_found_by_name(make) else walk.name(make),
        walk.name(arguments),
        walk.name(state) if attributes is None else walk.fields(value, sorted(attributes.items())),
        walk.members(items or ()),
        walk.members(pairs or ()) if ordered else walk.pairs(dict(pairs or ())),
    ]
    return node(b"R", parts)


def _is_found_by_name(make: Any) -> bool:
    """Whether a pickle would only name the function: then its code, which each Python compiles anew, is no content."""
    return type(make) is types.FunctionType and getattr(sys.modules.get(make.__module__), make.__name__, None) is make


def _attributes(state: Any) -> dict[str, Any] | None:
    """The attributes that a pickled state holds: a dict, or a pair of dicts when the class has slots; else None."""
    halves = state if isinstance(state, tuple) and len(state) == len(("dict", "slots")) else (state,)
    if not any(halves) or not all(half is None or isinstance(half, dict) for half in halves):
        return None
    merged = {name: value for half in halves for name, value in (half or {}).items()}
    return merged if all(isinstance(name, str) for name in merged) else None


def _pickled(value: Any, first: Exception) -> bytes:
    import cloudpickle  # noqa: PLC0415 - not light, and rarely needed

    try:
        return leaf(b"p", cloudpickle.dumps(value, 5))
    except Exception as error:
        raise Refusal(value, str(first) or type(first).__name__) from error
