"""Search: by words, beginnings, phrases, tag, owner, state and what uses what; by page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st

from bos.actions import documents, search
from bos.errors import NotFound, UsageError

DOCUMENTS = {
    "mortgage": {
        "title": "Mortgage servicing",
        "tags": ["lending", "réglementé"],
        "description": "Escrow analysis and payoff letters.",
        "owner": "business_owner",
    },
    "cards": {"title": "Card disputes", "tags": ["cards"], "description": "Chargeback letters to the network."},
    "auto-loans": {"title": "Auto loans", "tags": ["lending"], "description": "Mortgage is not meant here."},
}


@pytest.fixture(scope="module")
def library(bank):
    for name, over in DOCUMENTS.items():
        content = {**bank.content(), **over, "id": name}
        bank.make("template", content)
    bank.make("calendar", {"id": "nyse", "title": "Exchange"})
    documents.delete(bank.ctx, bank.anna, "calendar", "nyse", rationale="Over.")
    return bank


@pytest.fixture
def find(library):
    def run(text="", **options):
        return [hit.id for hit in search.find(library.ctx, library.adam, text, **options).items]

    return run


def test_a_word_in_the_title_ranks_above_one_in_the_text(find):
    assert find("mortgage")[:2] == ["mortgage", "auto-loans"]
    assert set(find("mortgage")[2:]) == {"mortgage/returns", "mortgage/posted_count"}, "the KPIs of the flow come last"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("chargeb", {"cards"}),
        ("escrow analy", {"mortgage"}),
        ('"payoff letters"', {"mortgage"}),
        ('"letters payoff"', set()),
        ("letters -escrow", {"cards"}),
        ("escrow or chargeback", {"mortgage", "cards"}),
        ("servicing letters", {"mortgage"}),
        ("letter", {"mortgage", "cards"}),
        ("chargeback the", {"cards"}),
        ("the chargeb", {"cards"}),
        ("réglementé", {"mortgage"}),
        ("auto-loans", {"auto-loans"}),
        ("disput", {"cards"}),
        ("nothing-like-it", set()),
        ("MORTGAGE", {"mortgage", "auto-loans"}),
    ],
)
def test_words_beginnings_phrases_and_exclusions_find_what_they_say(find, text, found):
    assert set(find(text, kinds=["template"])) == found


def test_filters_narrow_by_tag_owner_state_and_use(find):
    assert set(find(tag="lending")) == {"mortgage", "auto-loans"}, "a KPI has tags of its own"
    assert find("letters", tag="cards") == ["cards"]
    assert find(owner="business_owner") == ["mortgage"]
    assert find(state="retired") == ["nyse"]
    assert set(find(uses="payment.returned")) == {*DOCUMENTS, *(f"{flow}/returns" for flow in DOCUMENTS)}
    assert set(find(uses="calendar/bank")) == set(DOCUMENTS)
    assert find(uses="signal/other") == []
    assert "nyse" not in find(kinds=["calendar"])


def test_pages_join_to_the_whole_with_and_without_words(library):
    for text in ("", "lending or letters or payment"):
        whole = search.find(library.ctx, library.adam, text, limit=1000).items
        found, cursor = [], None
        while True:
            page = search.find(library.ctx, library.adam, text, limit=2, cursor=cursor)
            found += page.items
            cursor = page.next
            if cursor is None:
                break
        assert [(hit.kind, hit.id) for hit in found] == [(hit.kind, hit.id) for hit in whole]
        assert len(found) > 4


def test_a_hit_marks_the_words_found(library):
    hit = search.find(library.ctx, library.adam, "escrow").items[0]
    assert "**Escrow**" in hit.snippet
    assert (hit.kind, hit.title, hit.owner) == ("template", "Mortgage servicing", "business_owner")
    assert hit.rank > 0


def test_what_was_changed_is_found_by_its_new_words_only(library):
    id_ = library.template(approved=False)
    library.submit(library.anna, id_, ("title", "Zebra crossing"))
    assert [hit.id for hit in search.find(library.ctx, library.adam, "zebra", kinds=["template"]).items] == [id_]
    library.submit(library.anna, id_, ("title", "Lion crossing"))
    assert search.find(library.ctx, library.adam, "zebra").items == ()


def test_the_state_found_is_the_state_now(library, find):
    content = library.content(title="Ocelot")
    ids = [content["id"], f"{content['id']}/posted_count", f"{content['id']}/returns"]
    done = library.make("template", content)

    def found(state):
        return find("ocelot", state=state)

    assert found("in review") == ids
    library.approve(done)
    assert found("approved") == ids
    held = library.submit(library.anna, content["id"], ("owner", "coe")).held[0].group
    assert found("approved with changes held") == ids
    library.withdraw(library.anna, held)
    assert found("approved") == ids


def test_lists_come_by_page_and_narrow_too(library):
    first = documents.listing(library.ctx, library.adam, "template", tag="lending", limit=1)
    second = documents.listing(library.ctx, library.adam, "template", tag="lending", limit=50, cursor=first.next)
    assert first.items[0].id == "auto-loans"
    assert "mortgage" in {row.id for row in second.items}
    assert [r.id for r in documents.listing(library.ctx, library.adam, "template", owner="business_owner").items] == [
        "mortgage"
    ]


def test_wrong_questions_are_refused(library):
    for act in (
        lambda: search.find(library.ctx, library.adam, "x" * 1001),
        lambda: search.find(library.ctx, library.adam, "x", limit=0),
        lambda: search.find(library.ctx, library.adam, "x", cursor="nonsense"),
        lambda: documents.listing(library.ctx, library.adam, "template", cursor="W10"),
    ):
        with pytest.raises(UsageError):
            act()
    with pytest.raises(NotFound):
        search.find(library.ctx, library.adam, "x", kinds=["nonsense"])


@budget(max_examples=60)
@given(st.one_of(st.text(max_size=60), st.text(alphabet="ab \"'():*&|!<>-\\_²٣é\x00%", max_size=30)))
def test_no_text_breaks_a_search(library, text):
    search.find(library.ctx, library.adam, text)
    try:
        documents.listing(library.ctx, library.adam, "template", text=text)
    except UsageError:
        assert not text.isprintable()
