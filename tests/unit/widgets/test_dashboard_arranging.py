"""What an address says, and the definition that an arrangement comes to."""

from datetime import date
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bos.errors import UsageError
from widgets.dashboard.address import query_of, wish_of
from widgets.dashboard.arranging import changes_of, panels_of

TEXT = st.text(min_size=1, max_size=12)
DAY = st.dates(date(1900, 1, 1), date(8999, 12, 31)).map(lambda day: day.isoformat())
WISH = st.fixed_dictionaries(
    {},
    optional={
        "start": DAY, "end": DAY, "by": TEXT, "split": TEXT,
        "compare": TEXT.filter(lambda text: text != "previous"),
        "filters": st.dictionaries(
            TEXT.filter(lambda text: "=" not in text), st.lists(TEXT | st.none(), min_size=1), min_size=1, max_size=3
        ),
    },
)  # fmt: skip


@given(WISH)
def test_an_address_gives_back_the_view_it_was_made_of(wish):
    assert wish_of(query_of("a flow", wish)) == wish


@pytest.mark.parametrize(
    "query",
    [
        "from=nonsense",
        "to=2026-02-30",
        "filter=channel",
        "filter=%3Dweb",
        "to=9999-12-31",
        "from=0001-01-01",
        "&".join(["by=day"] * 101),
    ],
)
def test_an_address_that_says_nonsense_is_refused(query):
    with pytest.raises(UsageError):
        wish_of(query)


def row(name, **more):
    return {"id": name, "title": "", "section": "", "hidden": False, **more}


SHOWN = [row(name) for name in "abcd"]


@pytest.mark.parametrize(
    ("wished", "listed"),
    [
        (SHOWN, []),
        ([row("b"), row("a"), row("c"), row("d")], [row("b")]),
        ([row("a"), row("b", title="B"), row("c"), row("d")], [row("a"), row("b", title="B")]),
        ([row("a"), row("b"), row("c", hidden=True), row("d")], [row("c", hidden=True)]),
        ([row("d"), row("a"), row("b"), row("c"), row("gone")], [row("d")]),
    ],
)
def test_only_what_a_person_touched_is_listed(wished, listed):
    others = [row("trend.a", hidden=True)]
    assert panels_of(wished, SHOWN, others) == listed + others


def test_what_somebody_else_changed_is_told_by_the_titles_of_the_panels():
    titles = {"return_cost": "Cost of returns", "stp_rate": "Straight through", "loss": "Loss"}
    panels = [SimpleNamespace(id=name, title=title, own_title="") for name, title in titles.items()]
    panels[2].title, panels[2].own_title = "Ours", "Loss"
    run = SimpleNamespace(panels=panels[:2], hidden=panels[2:])
    old = {"title": "Returns", "panels": [row("stp_rate"), row("loss")]}
    new = {"title": "Returns", "panels": [row("stp_rate", hidden=True), row("return_cost"), row("gone", title="Gone")]}
    assert changes_of(run, old, new) == [
        "Removed panel “Loss”",
        "Straight through · Hidden: no → yes",
        "Added panel “Cost of returns”",
        "Added panel “Gone”",
    ]
    assert changes_of(run, old, {**old, "panels": [row("stp_rate", title="STP"), row("loss")]}) == [
        "STP · Title of the panel: Straight through → STP"
    ]
