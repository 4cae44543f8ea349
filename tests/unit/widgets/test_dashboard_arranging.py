"""What an address says, and the definition that an arrangement comes to."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bos.errors import UsageError
from widgets.dashboard.address import query_of, wish_of
from widgets.dashboard.arranging import panels_of

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
