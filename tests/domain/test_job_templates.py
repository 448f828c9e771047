"""Base job templates."""

from __future__ import annotations

import pytest

from tidemill.domain.job_templates import check_job_template, defaults_of, schema_of
from tidemill.exceptions import OptionError


def template(configuration, properties=None):
    return {"job_configuration": configuration, "variables": {"type": "object", "properties": properties or {}}}


@pytest.mark.parametrize(
    "good",
    [
        {},
        template({"command": "{{ command }}"}, {"command": {"type": "string"}}),
        template({"env": [{"{{ name }}": 1}, "{{ command }}-{{name}}"]}, {"command": {}, "name": {}}),
        template({"token": "{{ prefect.blocks.secret.x }}", "home": "{{ $HOME }}"}),
        template({"cpu": "{{ limits.cpu }}"}, {"limits": {"type": "object"}}),
        template({"brace": "{not one}"}),
    ],
)
def test_what_a_template_may_be(good):
    check_job_template(good)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"variables": {}}, "job_configuration"),
        ({"job_configuration": {}}, "variables"),
        ({"job_configuration": [], "variables": {}}, "job_configuration"),
        (template({"command": "{{ command }}"}), "command"),
        (template({"a": {"b": ["{{ deep }}"]}}, {"other": {}}), "deep"),
    ],
)
def test_what_is_missing_is_named(bad, said):
    with pytest.raises(OptionError, match=said):
        check_job_template(bad)


def test_defaults_are_what_properties_say():
    kept = template({}, {"a": {"default": None}, "b": {"default": [1]}, "c": {}, "odd": True})

    assert defaults_of(kept) == {"a": None, "b": [1]}
    assert schema_of(kept) == kept["variables"]
    assert schema_of({}) is None
    assert defaults_of({"variables": {"properties": []}}) == {}
