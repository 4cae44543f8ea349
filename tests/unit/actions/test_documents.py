"""Documents of every kind: made, read, changed, retired, brought back, with a history one can read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from bos.actions import documents, relations
from bos.errors import Conflict, Invalid, NotFound, Stale, UsageError
from bos.model.diff import apply
from bos.model.version import digest

KINDS = ("template", "signal", "calendar")
CRITICAL = {
    "template": ("outcomes[returns].target", {"value": 0.05, "direction": "at_most", "source": ""}),
    "signal": ("retention_days", 30),
    "calendar": ("clock", {"time_zone": "Europe/Amsterdam"}),
}


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


@pytest.fixture
def content(bank, kind):
    if kind == "template":
        return bank.content()
    rest = {"type": "process"} if kind == "signal" else {}
    return {"id": bank.fresh("d"), "title": "Payments", **rest}


@pytest.fixture
def made(bank, kind, content):
    bank.make(kind, content)
    return content["id"]


def versions(bank, kind, id_):
    return documents.history(bank.ctx, bank.adam, kind, id_).items


def test_a_document_is_made_read_changed_and_listed_with_its_history_in_words(bank, kind, made):
    shown = bank.show(made, kind)
    assert (shown.version, shown.state, shown.author, shown.rationale) == (1, "in review", "mary", "Begin.")
    assert shown.sha256 == digest(shown.document)
    done = bank.submit(bank.anna, made, ("title", "Collections"), kind=kind, rationale="A better name.")
    assert (done.version, done.live, done.held, done.provisional) == (2, ("title",), (), ())
    first, second = versions(bank, kind, made)[::-1]
    assert (second.version, second.author, second.rationale, second.cause) == (
        2,
        "anna",
        "A better name.",
        "submission",
    )
    assert len(second.text) == 1
    assert second.text[0].endswith(": Payments → Collections")
    assert first.cause == "submission"
    row = next(row for row in documents.listing(bank.ctx, bank.adam, kind, text="collections").items if row.id == made)
    assert (row.title, row.version, row.author) == ("Collections", 2, "anna")
    bank.sound(made, kind)


def test_a_critical_field_of_every_kind_is_held_once_it_is_approved(bank, kind, content):
    bank.approve(bank.make(kind, content))
    id_ = content["id"]
    assert bank.show(id_, kind).state == "approved"
    path, value = CRITICAL[kind]
    done = bank.submit(bank.anna, id_, (path, value), kind=kind)
    assert (done.version, done.live, [mark.paths for mark in done.held]) == (1, (), [(path,)])
    assert bank.sign(done.held[0].group).version == 2
    assert versions(bank, kind, id_)[0].cause == "decision"
    bank.sound(id_, kind)


def test_a_save_with_the_same_content_makes_no_version(bank, kind, made):
    same = bank.show(made, kind).document
    done = documents.put(bank.ctx, bank.anna, kind, made, same, rationale="Again.", base_version=1)
    assert (done.version, done.live, done.held, done.provisional) == (1, (), (), ())
    assert [row.version for row in versions(bank, kind, made)] == [1]


def test_a_document_is_only_made_once_and_only_changed_by_who_names_its_version(bank, kind, content, made):
    with pytest.raises(Conflict) as caught:
        bank.make(kind, content)
    assert (caught.value.code, caught.value.details) == ("exists", {"version": 1})
    with pytest.raises(Stale):
        documents.put(bank.ctx, bank.anna, kind, made, content, rationale="x", base_version=2)
    with pytest.raises(NotFound):
        documents.put(bank.ctx, bank.anna, kind, bank.fresh(), content, rationale="x", base_version=1)
    with pytest.raises(Invalid):
        documents.put(bank.ctx, bank.anna, kind, made, content, rationale=" ", base_version=1)


def test_an_id_never_changes(bank, kind, content, made):
    with pytest.raises(Invalid) as caught:
        documents.put(bank.ctx, bank.anna, kind, made, {**content, "id": "other"}, rationale="x", base_version=1)
    assert caught.value.problems[0].code == "id.immutable"
    with pytest.raises(Invalid):
        bank.submit(bank.anna, made, ("id", "other"), kind=kind)


def test_every_version_is_what_the_difference_makes_of_the_one_before(bank, kind, made):
    for made_change in (("title", "Two"), ("tags", ["a", "b"]), ("description", "Four"), CRITICAL[kind]):
        bank.submit(bank.anna, made, made_change, kind=kind)
    assert [row.version for row in versions(bank, kind, made)] == [5, 4, 3, 2, 1]
    for n in range(1, 5):
        found = documents.difference(bank.ctx, bank.adam, kind, made, n, n + 1)
        before, after = (bank.show(made, kind, version=v).document for v in (n, n + 1))
        assert apply(kind, before, found.changes) == after
        assert len(found.text) == 1
    whole = documents.difference(bank.ctx, bank.adam, kind, made, 5, 1)
    assert apply(kind, bank.live(made, kind), whole.changes) == bank.show(made, kind, version=1).document


def test_a_document_is_read_as_it_was_at_a_moment(bank, kind, made):
    bank.submit(bank.anna, made, ("title", "Two"), kind=kind)
    first, second = versions(bank, kind, made)[::-1]
    assert first.at < second.at
    between = first.at + (second.at - first.at) / 2
    assert bank.show(made, kind, as_of=between).version == 1
    assert bank.show(made, kind, as_of=second.at.astimezone(timezone(timedelta(hours=5)))).version == 2
    assert bank.show(made, kind, as_of=datetime(9999, 1, 1, tzinfo=UTC)).version == 2
    with pytest.raises(NotFound):
        bank.show(made, kind, as_of=first.at - timedelta(microseconds=1))
    for wrong in ({"as_of": datetime(2026, 1, 1)}, {"version": 1, "view": "proposed"}, {"view": "x"}):  # noqa: DTZ001
        with pytest.raises(UsageError):
            bank.show(made, kind, **wrong)
    for version in (0, 3, -1, 2**40):
        with pytest.raises(NotFound):
            bank.show(made, kind, version=version)


def test_rolling_back_restores_the_content_as_a_new_version(bank, kind, made):
    bank.submit(bank.anna, made, ("title", "Two"), ("tags", ["x"]), kind=kind)
    bank.submit(bank.anna, made, ("description", "Three"), kind=kind)
    done = documents.rollback(bank.ctx, bank.cara, kind, made, 1, rationale="Back.")
    assert (done.version, set(done.live)) == (4, {"title", "tags", "description"})
    assert bank.live(made, kind) == bank.show(made, kind, version=1).document
    assert documents.rollback(bank.ctx, bank.cara, kind, made, 1, rationale="Back.").version == 4
    with pytest.raises(NotFound):
        documents.rollback(bank.ctx, bank.cara, kind, made, 9, rationale="Back.")


def test_a_rollback_on_a_stale_base_does_not_undo_what_came_since(bank, kind, made):
    bank.submit(bank.anna, made, ("title", "Two"), kind=kind)
    bank.submit(bank.anna, made, ("description", "Three"), kind=kind)
    done = documents.rollback(bank.ctx, bank.cara, kind, made, 1, rationale="Back.", base_version=2)
    assert done.live == ("title",)
    assert bank.live(made, kind)["description"] == "Three"


def test_a_retired_document_is_served_read_only_and_comes_back_as_it_was(bank, kind, made):
    with pytest.raises(Stale):
        documents.delete(bank.ctx, bank.anna, kind, made, rationale="Over.", base_version=7)
    done = documents.delete(bank.ctx, bank.anna, kind, made, rationale="Over.", base_version=1)
    assert done.version == 2
    shown = bank.show(made, kind)
    assert (shown.state, shown.document) == ("retired", bank.show(made, kind, version=1).document)
    listed = {row.id for row in documents.listing(bank.ctx, bank.adam, kind, limit=1000).items}
    assert made not in listed
    assert made in {row.id for row in documents.listing(bank.ctx, bank.adam, kind, retired=True, limit=1000).items}
    with pytest.raises(Conflict):
        bank.submit(bank.anna, made, ("title", "x"), kind=kind)
    back = documents.restore(bank.ctx, bank.anna, kind, made, rationale="Needed.")
    assert back.version == 3
    assert bank.show(made, kind).state == "in review"
    assert [row.cause for row in versions(bank, kind, made)] == ["restore", "retire", "submission"]
    bank.submit(bank.anna, made, ("title", "x"), kind=kind)
    bank.sound(made, kind)


def test_history_comes_by_page(bank, kind, made):
    for n in range(4):
        bank.submit(bank.anna, made, ("title", f"T{n}"), kind=kind)
    page = documents.history(bank.ctx, bank.adam, kind, made, limit=2)
    assert [row.version for row in page.items] == [5, 4]
    page = documents.history(bank.ctx, bank.adam, kind, made, limit=2, cursor=page.next)
    assert [row.version for row in page.items] == [3, 2]
    page = documents.history(bank.ctx, bank.adam, kind, made, limit=2, cursor=page.next)
    assert ([row.version for row in page.items], page.next) == ([1], None)


def test_validating_says_what_would_happen_and_writes_nothing(bank, kind, content, made):
    before = bank.rows("SELECT count(*) FROM journal")
    found = documents.validate(bank.ctx, bank.anna, kind, {**bank.live(made, kind), "title": "New"})
    assert (found.valid, found.would.version, found.would.live) == (True, 2, ("title",))
    found = documents.validate(bank.ctx, bank.anna, kind, {**content, "id": bank.fresh(), "title": "New"})
    assert (found.valid, found.would.version) == (True, 1)
    found = documents.validate(bank.ctx, bank.anna, kind, {**content, "title": "", "extra": 1})
    assert (found.valid, found.would) == (False, None)
    assert {problem.path for problem in found.problems} == {"title", "extra"}
    assert not documents.validate(bank.ctx, bank.anna, kind, [1]).valid
    assert bank.rows("SELECT count(*) FROM journal") == before
    assert bank.show(made, kind).version == 1


def test_what_is_not_there_is_not_found(bank, kind):
    for act in (
        lambda: bank.show("nowhere", kind),
        lambda: documents.history(bank.ctx, bank.adam, kind, "nowhere"),
        lambda: documents.delete(bank.ctx, bank.anna, kind, "nowhere", rationale="x"),
        lambda: documents.restore(bank.ctx, bank.anna, kind, "nowhere", rationale="x"),
        lambda: documents.rollback(bank.ctx, bank.anna, kind, "nowhere", 1, rationale="x"),
        lambda: relations.around(bank.ctx, bank.anna, kind, "nowhere"),
        lambda: bank.show("no\x00where", kind),
        lambda: bank.show("x", f"{kind}x"),
    ):
        with pytest.raises(NotFound):
            act()


def test_relations_lead_from_a_template_to_its_signals_and_back(bank):
    id_ = bank.template(approved=False)
    ties = {(tie.path, tie.target_kind, tie.target) for tie in relations.around(bank.ctx, bank.adam, "template", id_)}
    assert {
        ("process_signals[posted].signal", "signal", "payment.posted"),
        ("process_signals[posted].step", "step", "posted"),
        ("system_signals[latency].affects", "step", "posted"),
        ("flow.calendar", "calendar", "bank"),
        ("outcomes[returns].measure", "signal", "payment.returned"),
    } <= ties
    users = relations.around(bank.ctx, bank.adam, "signal", "payment.returned")
    assert (id_, "process_signals[returned].signal") in {(tie.id, tie.path) for tie in users}
    documents.delete(bank.ctx, bank.anna, "template", id_, rationale="Over.")
    assert id_ not in {tie.id for tie in relations.around(bank.ctx, bank.adam, "signal", "payment.returned")}
