"""Working drafts: unfinished, never served, and never lost to another tab or another person."""

from __future__ import annotations

import pytest

from bos.actions import documents, drafts
from bos.auth.actor import Actor
from bos.errors import BosError, Forbidden, Invalid, NotFound, Stale, UsageError

TARGET = "outcomes[returns].target"


@pytest.fixture
def flow(bank):
    return bank.template(approved=[TARGET])


def opened(bank, id_, by=None, kind="template"):
    return drafts.open_draft(bank.ctx, by or bank.anna, kind, id_)


def save(bank, draft, by=None, **over):
    return drafts.save(
        bank.ctx, by or bank.anna, draft.kind, draft.id, {**draft.document, **over}, revision=draft.revision
    )


def test_a_draft_starts_from_live_is_kept_for_its_owner_and_never_served(bank, flow):
    draft = opened(bank, flow)
    assert (draft.revision, draft.base_version, draft.document) == (0, 1, bank.live(flow))
    kept = save(bank, draft, title="Unfinished")
    assert kept.revision == 1
    assert opened(bank, flow).document["title"] == "Unfinished"
    assert opened(bank, flow, bank.cara).revision == 0
    assert bank.live(flow)["title"] == "Payments"
    assert bank.versions(flow) == [1]
    assert flow in {one.id for one in drafts.mine(bank.ctx, bank.anna).items}
    assert flow not in {one.id for one in drafts.mine(bank.ctx, bank.cara).items}


def test_the_second_of_two_tabs_is_told_both_values(bank, flow):
    first = second = opened(bank, flow)
    kept = save(bank, first, title="First tab")
    with pytest.raises(Stale) as caught:
        save(bank, second, title="Second tab")
    assert caught.value.status == 412
    assert caught.value.details == {
        "revision": 1,
        "conflicts": [{"path": "title", "saved": "First tab", "yours": "Second tab"}],
    }
    assert save(bank, kept, title="Both").revision == 2


def test_what_others_made_live_since_is_shown_as_a_conflict_with_all_three_values(bank, flow):
    save(bank, opened(bank, flow), title="Mine", description="Mine alone", tags=["same"])
    bank.submit(bank.cara, flow, ("title", "Theirs"), ("tags", ["same"]), ("scope", {"region": ["eu"]}))
    draft = opened(bank, flow)
    assert draft.base_version == 1
    assert [(one.path, one.base, one.draft, one.live) for one in draft.conflicts] == [
        ("title", "Payments", "Mine", "Theirs")
    ]


def test_what_waits_for_signatures_is_shown_beside_the_draft(bank, flow):
    group = bank.submit(bank.cara, flow, (TARGET, None), ("outcomes[returns].thresholds", [])).held[0].group
    draft = opened(bank, flow)
    assert [one.group for one in draft.proposals] == [group]
    assert draft.document["outcomes"][0]["target"]["value"] == 0.03


def test_a_document_that_does_not_exist_yet_is_drafted_and_an_unfinished_one_is_kept(bank):
    id_ = bank.fresh("new")
    draft = opened(bank, id_)
    assert (draft.revision, draft.base_version, draft.document) == (0, 0, {"id": id_})
    kept = save(bank, draft, outcomes=[{"id": "half"}], title="")
    assert opened(bank, id_).document == {"id": id_, "outcomes": [{"id": "half"}], "title": ""}
    with pytest.raises(NotFound):
        bank.show(id_)
    bank.make("template", {**bank.content(), "id": id_})
    later = opened(bank, id_)
    assert (later.revision, later.base_version) == (kept.revision, 0)
    assert "title" in {one.path for one in later.conflicts}


def test_a_discarded_draft_is_gone_and_the_other_tab_hears_of_it(bank, flow):
    draft = save(bank, opened(bank, flow), title="Unfinished")
    with pytest.raises(Stale):
        drafts.discard(bank.ctx, bank.anna, "template", flow, revision=7)
    drafts.discard(bank.ctx, bank.anna, "template", flow, revision=1)
    assert opened(bank, flow).revision == 0
    with pytest.raises(NotFound):
        drafts.discard(bank.ctx, bank.anna, "template", flow, revision=1)
    with pytest.raises(Stale) as caught:
        save(bank, draft, title="Late")
    assert "discarded elsewhere" in caught.value.message


@pytest.mark.parametrize(
    "content",
    [
        [], "text", None, {"id": "other"}, {"outcomes": [{"title": "no id"}]},
        {"title": "nul\x00"}, {"title": "\ud800"}, {"tags": [{"deep": "\x07"}]}, {"\x00": 1},
        {"title": float("nan")}, {"flow": {"steps": [1]}}, {"outcomes": [{"id": ["list"]}]}, {"new": float("inf")},
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_refused_with_a_reason(bank, flow, content):
    with pytest.raises(Invalid):
        drafts.save(bank.ctx, bank.anna, "template", flow, content, revision=0)


def test_a_draft_with_a_text_in_the_place_of_a_list_is_kept_and_compared(bank, flow):
    draft = save(bank, opened(bank, flow), outcomes="later")
    bank.submit(bank.cara, flow, ("outcomes[returns].title", "Theirs"))
    assert opened(bank, flow).document["outcomes"] == "later"
    with pytest.raises(Stale):
        drafts.save(bank.ctx, bank.anna, "template", flow, bank.live(flow), revision=0)
    assert save(bank, draft, outcomes=[]).revision == 2


@pytest.mark.parametrize("id_", ["", "x" * 64, "nul\x00"])
def test_an_id_no_document_can_have_is_refused(bank, id_):
    with pytest.raises(UsageError):
        opened(bank, id_)


def test_a_reader_keeps_no_draft(bank, flow):
    with pytest.raises(Forbidden):
        drafts.save(bank.ctx, Actor("ida", roles=frozenset({"auditor"})), "template", flow, {}, revision=0)


def test_nobody_is_nobody(bank, flow):
    with pytest.raises(BosError) as caught:
        drafts.open_draft(bank.ctx, Actor(" "), "template", flow)
    assert caught.value.status == 401


def test_a_draft_can_be_moved_onto_a_newer_version_and_onto_none_that_is_not_there(bank, flow):
    kept = save(bank, opened(bank, flow), title="Mine")
    bank.submit(bank.cara, flow, ("description", "Theirs"))
    assert opened(bank, flow).base_version == 1
    with pytest.raises(UsageError, match="There is no version 3"):
        drafts.save(bank.ctx, bank.anna, "template", flow, kept.document, revision=1, base_version=3)
    both = {**kept.document, "description": "Theirs"}
    moved = drafts.save(bank.ctx, bank.anna, "template", flow, both, revision=1, base_version=2)
    assert (moved.base_version, moved.revision, moved.conflicts) == (2, 2, ())


def test_a_submitted_draft_is_gone_with_its_submission_and_stays_where_that_is_refused(bank, flow):
    kept = save(bank, opened(bank, flow), title="Mine")

    def put(revision, **over):
        return documents.put(
            bank.ctx, bank.anna, "template", flow, {**kept.document, **over},
            rationale="Because.", base_version=1, draft=revision,
        )  # fmt: skip

    with pytest.raises(Stale):
        put(7)
    with pytest.raises(Invalid):
        put(1, title="")
    assert bank.versions(flow) == [1]
    assert opened(bank, flow).revision == 1
    put(1)
    assert bank.live(flow)["title"] == "Mine"
    assert opened(bank, flow).revision == 0
