"""Which files a ``.gitignore``-like text leaves out."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class IgnoreRules:
    """The rules of a text: ``*``, ``**``, ``?``, ``[…]``, leading ``!`` and ``/``, trailing ``/``; the last wins."""

    def __init__(self, text: str) -> None:
        self._rules = [rule for line in text.splitlines() if (rule := _rule(line)) is not None]

    def ignores(self, path: str, *, is_directory: bool = False) -> bool:
        """Whether the rules leave out this path, given with slashes from the top. Parents are not looked at."""
        verdict = False
        for pattern, wanted, directories_only in self._rules:
            if (is_directory or not directories_only) and pattern.fullmatch(path):
                verdict = wanted
        return verdict

    def of_directory(self, top: Path) -> Callable[[str, list[str]], set[str]]:
        """The rules in the form that ``shutil.copytree`` asks for."""

        def ignored(directory: str, names: list[str]) -> set[str]:
            here = PurePosixPath(Path(directory).relative_to(top).as_posix())
            return {n for n in names if self.ignores(str(here / n), is_directory=(Path(directory) / n).is_dir())}

        return ignored


def _rule(line: str) -> tuple[re.Pattern[str], bool, bool] | None:
    line = line if line.endswith("\\ ") else line.rstrip()
    if not line or line.startswith("#"):
        return None
    wanted = not line.startswith("!")
    body = line.removeprefix("!") if not wanted else line.removeprefix("\\")
    directories_only = body.endswith("/")
    body = body.rstrip("/")
    anchored = "/" in body
    body = body.removeprefix("/")
    prefix = "" if anchored else "(?:.*/)?"
    return re.compile(prefix + _translated(body), re.DOTALL), wanted, directories_only


_TOKEN = re.compile(
    r"(?P<any_dirs>(?:^|(?<=/))\*\*/)|(?P<below>/\*\*$)|(?P<star>\*+)|(?P<one>\?)|(?P<set>\[!?\]?[^\]]*\])|\\?(?P<plain>.)",
    re.DOTALL,
)
_MEANING = {"any_dirs": "(?:.*/)?", "below": "/.+", "star": "[^/]*", "one": "[^/]"}


def _translated(body: str) -> str:
    out = []
    for token in _TOKEN.finditer(body):
        kind = token.lastgroup or "plain"
        if kind == "set":
            inner = token["set"][1:-1].replace("\\", "\\\\")
            out.append(f"(?!/)[{'^' + inner[1:] if inner.startswith('!') else inner}]")
        else:
            out.append(_MEANING.get(kind) or re.escape(token["plain"]))
    return "".join(out)
