"""What the source of a file says about a flow in it, and as much of the file as can be had where parts of it fail."""

from __future__ import annotations
import __future__

import ast
import importlib.util
import logging
import os
import sys
from contextlib import contextmanager
from copy import copy
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

import msgspec

from tidemill.entrypoints import Entrypoint, importable, module_name_for
from tidemill.exceptions import EntrypointError, MissingFlowError
from tidemill.suggestions import did_you_mean
from tidemill.while_loading import loading

if TYPE_CHECKING:
    from collections.abc import Iterator

logger = logging.getLogger("tidemill.loading")

Function = ast.FunctionDef | ast.AsyncFunctionDef

#: Statements that define something; the others do something, and what they do is not wanted.
_DEFINING: Final = (
    ast.Import,
    ast.ImportFrom,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Assign,
    ast.AnnAssign,
    ast.AugAssign,
    ast.If,
    ast.Try,
)


class Definition(msgspec.Struct, frozen=True):
    """A function in a file that was read, not run. ``chain`` goes from the outermost class to the function."""

    path: str
    tree: ast.Module
    chain: tuple[Any, ...]

    @property
    def function(self) -> Function:
        """The function itself."""
        return self.chain[-1]  # type: ignore[no-any-return]  # what was found last is checked to be one


def definition_at(entrypoint: Entrypoint) -> Definition:
    """Find a function in the source of a file or module.

    Raises EntrypointError when there is no source, MissingFlowError when it has no such function, and ``SyntaxError``.
    """
    path = entrypoint.path if entrypoint.path is not None else _file_of_module(entrypoint.module or "")
    try:
        tree = ast.parse(Path(path).read_bytes(), filename=path)
    except (OSError, ValueError, RecursionError) as error:  # before Python 3.12 a NUL is a ValueError
        raise EntrypointError(f"The source of {entrypoint} cannot be read: {error}") from error
    chain: list[Any] = []
    body = tree.body
    for part in entrypoint.name.split("."):
        named = {node.name: node for node in body if isinstance(node, Function | ast.ClassDef)}
        if part not in named:
            raise MissingFlowError(f"The source of {path} defines no {part!r}{did_you_mean(part, list(named))}")
        chain.append(named[part])
        body = named[part].body
    if not isinstance(chain[-1], Function):
        raise MissingFlowError(f"{entrypoint.name} in {path} is no function")
    return Definition(path, tree, tuple(chain))


def _file_of_module(name: str) -> str:
    with importable(os.getcwd()):  # noqa: PTH109 - as in entrypoints
        try:
            spec = importlib.util.find_spec(name)
        except (ImportError, ValueError) as error:
            raise EntrypointError(f"There is no module {name!r} that could be imported from here") from error
        except (Exception, SystemExit) as error:  # the packages around it are imported
            raise EntrypointError(f"The package of {name!r} cannot be imported: {error!r}") from error
    if spec is None or spec.origin is None or not spec.has_location:
        raise EntrypointError(f"There is no module {name!r} with a source that could be read")
    return spec.origin


def keywords_of_flow(function: Function) -> list[ast.keyword]:
    """The options that the ``@flow(…)`` above a function is given; none for a bare ``@flow``."""
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call):
            called = decorator.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", None)
            if name == "flow":
                return decorator.keywords
    return []


class Remains:
    """The definitions of a file that can be had though some cannot: most often, a package is missing here."""

    def __init__(self, definition: Definition) -> None:
        """Execute what the file defines, statement by statement; what fails is left out and logged."""
        self._definition = definition
        self._flags = __future__.annotations.compiler_flag if _postpones_annotations(definition.tree) else 0
        self.module = ModuleType(module_name_for(definition.path))
        self.module.__file__ = definition.path
        self.names: dict[str, Any] = vars(self.module)
        with self._as_when_imported():
            for statement in definition.tree.body:
                if isinstance(statement, _DEFINING):
                    self._attempt(statement)

    def value(self, expression: ast.expr) -> Any:
        """What an expression of the file is; raises whatever it raises."""
        code = compile(ast.Expression(expression), self._definition.path, "eval", dont_inherit=True)
        with self._as_when_imported():
            return eval(code, self.names)  # noqa: S307 - the user's own file, which was going to be imported

    def found(self) -> Any:
        """The object the definition makes, or ``None``. What of it fails by itself (an annotation) is left out."""
        outermost = self._definition.chain[0]
        if outermost.name not in self.names:
            with self._as_when_imported():
                self._attempt(self._bearable(self._definition.chain))
        found: Any = self.module
        for node in self._definition.chain:
            found = getattr(found, node.name, None)
        return found

    @contextmanager
    def _as_when_imported(self) -> Iterator[None]:
        """Neighbours can be imported, dataclasses find their module, and flow calls are passed over."""
        path = self._definition.path
        name = self.module.__name__
        before = sys.modules.get(name)
        sys.modules[name] = self.module
        try:
            with loading(path), importable(os.path.dirname(os.path.abspath(path)), os.getcwd()):  # noqa: PTH100, PTH109, PTH120 - as in entrypoints
                yield
        finally:
            if before is None:
                del sys.modules[name]
            else:
                sys.modules[name] = before

    def _attempt(self, statement: ast.stmt) -> None:
        body = ast.fix_missing_locations(ast.Module([statement], []))
        try:
            exec(compile(body, self._definition.path, "exec", self._flags, dont_inherit=True), self.names)  # noqa: S102 - as above
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the user's code may raise anything
            logger.info(
                "%s:%d is left out: %s: %s", self._definition.path, statement.lineno, type(error).__name__, error
            )

    def _stands(self, expression: ast.expr | None) -> bool:
        if expression is None:
            return False
        try:
            eval(compile(ast.Expression(expression), "<part>", "eval", dont_inherit=True), self.names)  # noqa: S307 - as above
        except Exception:  # noqa: BLE001 - as above
            return False
        return True

    def _bearable(self, chain: tuple[Any, ...]) -> ast.stmt:
        """The definition without the parts that cannot be had."""
        node = copy(chain[0])
        if isinstance(node, ast.ClassDef):
            node.bases = [base for base in node.bases if self._stands(base)]
            node.keywords = [each for each in node.keywords if self._stands(each.value)]
            node.decorator_list = [each for each in node.decorator_list if self._stands(each)]
            node.body = [self._bearable(chain[1:])]
            return node
        node.decorator_list = [self._decorator(each) for each in node.decorator_list]
        node.decorator_list = [each for each in node.decorator_list if self._stands(getattr(each, "func", each))]
        node.returns = node.returns if self._stands(node.returns) else None
        node.args = self._arguments(node.args)
        return node  # type: ignore[no-any-return]  # a copy of a definition is one

    def _decorator(self, decorator: ast.expr) -> ast.expr:
        if not isinstance(decorator, ast.Call):
            return decorator
        decorator = copy(decorator)
        decorator.args = [each for each in decorator.args if self._stands(each)]
        decorator.keywords = [each for each in decorator.keywords if self._stands(each.value)]
        return decorator

    def _arguments(self, arguments: ast.arguments) -> ast.arguments:
        def bare(argument: ast.arg) -> ast.arg:
            return argument if self._stands(argument.annotation) else ast.arg(argument.arg)

        def default(given: ast.expr) -> ast.expr:
            return given if self._stands(given) else ast.Constant(None)

        return ast.arguments(
            posonlyargs=[bare(each) for each in arguments.posonlyargs],
            args=[bare(each) for each in arguments.args],
            vararg=bare(arguments.vararg) if arguments.vararg else None,
            kwonlyargs=[bare(each) for each in arguments.kwonlyargs],
            kw_defaults=[default(each) if each is not None else None for each in arguments.kw_defaults],
            kwarg=bare(arguments.kwarg) if arguments.kwarg else None,
            defaults=[default(each) for each in arguments.defaults],
        )


def _postpones_annotations(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.ImportFrom)
        and node.module == "__future__"
        and any(alias.name == "annotations" for alias in node.names)
        for node in tree.body
    )
