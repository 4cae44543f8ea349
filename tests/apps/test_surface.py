"""The browser's half of a page, in a real browser beside a model that only notes what it is told."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from widgets.surface import parts
from widgets.surface.page import page as page_of
from widgets.surface.surface import script

START = """
async ([code, view]) => {
  const url = URL.createObjectURL(new Blob([code], { type: 'text/javascript' }));
  const handlers = {};
  window.said = [];
  const model = {
    view,
    get: (name) => model[name],
    send: (message) => { if (message.type !== 'ping') window.said.push(message); },
    on: (name, work) => { handlers[name] = work; },
    off: () => {},
  };
  window.hear = (message) => handlers['msg:custom'](message);
  window.show = (next) => { model.view = next; handlers['change:view'](); };
  document.body.replaceChildren(document.createElement('div'));
  (await import(url)).default.render({ model, el: document.body.firstChild });
}
"""


def view(*body, banners=(), ack=0, **more):
    frame = {"title": "T", "heading": "H", "lede": "L", "bar": parts.bar(None), "buffer": "b", "focus": 0}
    return page_of(body=body, banners=banners, ack=ack, **frame, **more)


def field(name="why", value="", **more):
    return parts.field("area", name, name.capitalize(), value, **more)


@pytest.fixture
def surface(chromium):
    """Return a function that shows a first view on a page of its own, and gives the page."""
    opened = []

    def make(first, *, clock=False):
        page = chromium.new_page()
        if clock:
            page.clock.install()
        opened.append(page)
        page.route("http://surface.test/", lambda route: route.fulfill(body="<!doctype html><body></body>"))
        page.goto("http://surface.test/")
        page.evaluate(START, [script(), first])
        return page

    yield make
    for page in opened:
        page.close()


def show(page, view):
    page.evaluate("(view) => window.show(view)", view)


TWO = [*parts.outcome("One failed."), *parts.outcome("Another failed.")]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"banners": parts.outcome("", "Saved.")}, {}),
        ({}, {"banners": parts.outcome("It failed.")}),
        ({"errors": {"why": "Enter why", "other": "Enter it"}}, {"errors": {"other": "Enter it"}}),
        ({"errors": {"why": "Enter why"}}, {}),
        ({"banners": TWO}, {"banners": [*TWO, *parts.outcome("A third.")]}),
        ({"banners": [*TWO, *parts.outcome("", "Saved.")]}, {"banners": TWO}),
        ({"banners": TWO}, {"banners": TWO[1:]}),
    ],
)
def test_what_stands_above_comes_and_goes_and_a_field_stays_the_same(surface, before, after):
    errors = [one.get("errors", {}).get("why") for one in (before, after)]
    page = surface(view(field(error=errors[0]), **before))
    why = page.get_by_label("Why")
    why.evaluate("(it) => { it.mine = true; it.addEventListener('blur', () => { it.mine = false; }); it.focus(); }")
    show(page, view(field(error=errors[1]), **after))
    expect(why).to_be_focused()
    assert why.evaluate("(it) => it.mine"), "neither made anew nor moved"


def test_banners_of_one_kind_are_not_made_anew(surface):
    page = surface(view(field(), banners=TWO))
    page.evaluate("() => document.querySelectorAll('.bos-banner').forEach((one, n) => { one.mine = n; })")
    show(page, view(field(), banners=[*TWO, *parts.outcome("A third.")]))
    seen = page.locator(".bos-banner").evaluate_all("(all) => all.map((one) => [one.mine ?? null, one.innerText])")
    assert seen == [[0, "One failed."], [1, "Another failed."], [None, "A third."]]


def test_a_field_that_is_made_anew_has_what_was_typed_and_the_cursor(surface):
    page = surface(view(parts.text("One."), field(), field("other")))
    page.get_by_label("Why").fill("The reason.")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    show(page, view(parts.text("One."), parts.card(field(value="old"), key="card"), field("other", value="new")))
    why = page.get_by_label("Why")
    expect(why).to_have_value("The reason.")
    expect(why).to_be_focused()
    page.keyboard.type("ing")
    expect(why).to_have_value("The reasoingn.")
    expect(page.get_by_label("Other")).to_have_value("new")


def test_a_choice_that_python_does_not_know_yet_stays_in_what_is_made_anew(surface):
    options = [("a", "One"), ("b", "Two")]
    both = [
        parts.field(kind, kind, kind, [] if kind == "checks" else "a", options=options) for kind in ("checks", "radios")
    ]
    page = surface(view(*both))
    page.get_by_role("checkbox", name="Two").check()
    page.get_by_role("radio", name="Two").check()
    show(page, view(parts.card(*both, key="card")))
    for role in ("checkbox", "radio"):
        expect(page.get_by_role(role, name="Two")).to_be_checked()
        expect(page.get_by_role(role, name="One")).not_to_be_checked()
    show(page, view(parts.card(*both, key="card"), ack=9))
    expect(page.get_by_role("radio", name="One")).to_be_checked()


def test_what_an_earlier_page_left_is_told_and_stands_in_no_field_before_python_says_so(surface):
    page = surface(view(field()))
    page.evaluate("sessionStorage.setItem('bos.typed.b', JSON.stringify([{field: 'why', value: 'Left.', base: ''}]))")
    page.evaluate(START, [script(), view(field())])
    expect(page.get_by_label("Why")).to_have_value("")
    assert page.evaluate("window.said") == [
        {"type": "replay", "entries": [{"field": "why", "value": "Left.", "base": "", "rev": 1}]}
    ]


TYPE = """(texts) => {
  for (const [name, text] of texts) {
    const at = document.getElementById(`f-${name}`);
    at.value = text;
    at.dispatchEvent(new Event('input', { bubbles: true }));
  }
}"""


def heard(page):
    return [(one["field"], one["value"], one["rev"]) for one in page.evaluate("window.said")]


def test_the_newest_typing_is_told_last(surface):
    page = surface(view(field(), field("other")))
    page.evaluate(TYPE, [("why", "a"), ("other", "b"), ("why", "ab")])
    page.wait_for_function("window.said.length === 2")
    assert heard(page) == [("other", "b", 2), ("why", "ab", 3)]
    assert json.loads(page.evaluate("sessionStorage.getItem('bos.typed.b')"))[0]["value"] == "ab"


def test_after_the_line_broke_all_that_was_typed_is_told_again_the_newest_last(surface):
    page = surface(view(field(), field("other")), clock=True)
    page.evaluate(TYPE, [("why", "a"), ("other", "b"), ("why", "ab")])
    page.clock.run_for(20_000)
    expect(page.get_by_label("Why")).not_to_be_editable()
    page.evaluate("() => { window.said.length = 0; }")
    page.evaluate("window.hear({ type: 'pong' })")
    expect(page.get_by_label("Why")).to_be_editable()
    assert heard(page) == [("other", "b", 2), ("why", "ab", 3)]
