"""Ignore rules agree with a library that does nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidemill.system.ignore import IgnoreRules

pathspec = pytest.importorskip("pathspec")

names = st.text("ab.", min_size=1, max_size=3).filter(lambda name: name.strip("."))
patterns = st.text("ab*?./!", min_size=1, max_size=7).filter(
    lambda p: "//" not in p and p.strip("!/.*") and "!" not in p[1:] and "***" not in p and "**" not in p.strip("*/")
)


@given(st.lists(patterns, max_size=4), st.lists(names, min_size=1, max_size=3))
def test_files_are_ignored_as_by_the_library(rules, parts):
    path = "/".join(parts)
    text = "\n".join(rules)
    parents = ["/".join(parts[: n + 1]) for n in range(len(parts) - 1)]
    ours = IgnoreRules(text)
    if any(ours.ignores(parent, is_directory=True) for parent in parents):
        return  # below an ignored directory nothing is looked at

    theirs = pathspec.GitIgnoreSpec.from_lines(rules)

    assert ours.ignores(path) == theirs.match_file(path)


@pytest.mark.parametrize(
    ("rule", "ignored", "kept"),
    [
        ("*.log", ["a.log", "b/a.log"], ["a.logs", "log"]),
        ("/a", ["a"], ["b/a"]),
        ("a/b", ["a/b"], ["x/a/b"]),
        ("**/b", ["b", "a/b", "a/x/b"], ["c"]),
        ("a/**", ["a/b", "a/b/c"], ["a", "b"]),
        ("a/**/c", ["a/c", "a/b/c"], ["a/b"]),
        ("[ab].txt", ["a.txt"], ["c.txt"]),
        ("[!ab].txt", ["c.txt"], ["a.txt"]),
        ("\\#x", ["#x"], ["x"]),
        ("# comment", [], ["# comment"]),
    ],
)
def test_each_form_of_rule(rule, ignored, kept):
    rules = IgnoreRules(rule)

    assert all(rules.ignores(path) for path in ignored)
    assert not any(rules.ignores(path) for path in kept)
