"""S7: what a browser makes of the server's own pages."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.machine]

#: Notes what the page's policy forbids, from before the page begins.
WATCHING = "window.forbidden = []; addEventListener('securitypolicyviolation', (one) => forbidden.push(one.blockedURI))"


@pytest.mark.parametrize("path", ["/docs", "/api/docs", "/"])
def test_S7_the_docs_are_shown_as_they_are_meant_and_ask_nobody_else(server, context, path):
    home = f"http://127.0.0.1:{server[1].port}"
    page, asked, said = context.new_page(), [], []
    page.add_init_script(WATCHING)
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))

    answer = page.goto(home + path)
    page.click("summary >> nth=0")

    assert answer.header_value("x-content-type-options") == "nosniff"
    assert page.evaluate("forbidden") == said == []
    assert asked == [home + path]
    assert page.evaluate("getComputedStyle(document.querySelector('.method')).fontWeight") == "600"
    assert page.is_visible("details[open] table")
    with page.expect_navigation():
        page.click("a[href='openapi.json']")
    assert "/variables/" in page.inner_text("body")


def test_S7_what_is_smuggled_into_a_page_does_not_run(server, context):
    page = context.new_page()
    page.add_init_script(WATCHING)
    page.goto(f"http://127.0.0.1:{server[1].port}/docs")

    page.evaluate(
        """async () => {
            const over = new Promise((done) => addEventListener("securitypolicyviolation", done));
            const script = document.createElement("script");
            script.append("window.ran = true");
            document.body.append(script);
            await over;
        }"""
    )

    assert page.evaluate("window.ran") is None
    assert page.evaluate("forbidden.length") > 0
