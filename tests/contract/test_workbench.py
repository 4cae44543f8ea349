"""What a workbench promises, over each transport."""

from __future__ import annotations

import asyncio
import json
import threading
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from bos import connect
from bos.errors import Cancelled, Conflict, Forbidden, InputError, Invalid, NotFound, Stale, Unauthenticated, UsageError
from bos.model.diff import Change

HOSTILE = [
    "<script>alert(1)</script>",
    "'; DROP TABLE version; --",
    "[red]x[/red]",
    "\u200fevil",
    "日本語 ünï 🏦",
    '"q"',
]


def write_log(path, rows, *, prefix="c"):
    lines = ["case,step,time,amount,note"]
    lines += [f"{prefix}{n},posted,2026-01-{1 + n % 28:02}T10:00:00Z,{n}.25,n{n}" for n in range(rows)]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_the_caller_is_known(wb):
    me = wb.me()
    assert me.person
    assert "process_owner" in me.roles


def test_people_are_given_roles_and_let_in_no_more(wb):
    wb.people.add("carl", display="Carl Ek", email="carl@bank.example", rationale="New here.")
    wb.people.set_group("treasury", title="Treasury", members=["carl"], rationale="The team.")
    given = wb.people.give("finance_control", group="treasury", scope="tag", value="cards", rationale="Their work.")
    assert [one.group for one in wb.people.groups()] == ["treasury"]
    assert [one.binding for one in wb.people.show("carl").bindings] == [given.binding]
    until = datetime.now(UTC) + timedelta(days=1)
    stand_in = wb.people.delegate("carl", ends=until, rationale="On leave.")
    assert [one.delegate for one in wb.people.delegations()] == ["carl"]
    wb.people.end_delegation(stand_in.delegation, rationale="Back.")
    assert wb.people.delegations() == ()
    assert wb.people.end(given.binding, rationale="Moved.").ends is not None
    assert wb.people.disable("carl", rationale="Left.").duties == ()
    assert "carl" not in {one.person for one in wb.people.list(disabled=False)}
    assert wb.people.enable("carl", rationale="Back.").disabled_at is None
    assert wb.people.identities("carl", ["Carl@git.example"], rationale="His.").identities == ("carl@git.example",)
    assert "people.manage" in {one.right for one in wb.people.rights()}
    wb.people.disable("carl", rationale="Left.")
    assert wb.people.erase("carl", rationale="Request 7.").display == "Erased person"
    with pytest.raises(NotFound):
        wb.people.erase_in_telemetry("nobody", rationale="Request 8.")


def test_a_change_is_signed_by_who_did_not_propose_it(wb):
    wb.templates.create("loan-payment-processing", id="four-eyes", rationale="First.")
    group = next(one for one in wb.changes(kind="template", id="four-eyes", state="unsigned"))
    with pytest.raises(Forbidden) as caught:
        wb.sign(group.group)
    assert caught.value.code == "four-eyes"
    entry = next(wb.audit_entries(tag="signature.refused"))
    assert (entry.id, entry.after["where"], entry.after["code"]) == ("four-eyes", group.group, "four-eyes")


def test_a_checkpoint_of_the_journal_is_taken_along_and_compared_later(wb):
    kept = wb.audit_checkpoint()
    wb.calendars.put("after-it", {"title": "After"}, rationale="Later.")
    found = wb.audit_verify(kept.text)
    assert (found.ok, found.signed >= kept.seq) == (True, True)
    with pytest.raises(UsageError):
        wb.audit_verify("bos1.no")


def test_several_documents_change_in_one_act_and_the_policy_and_waivers_are_at_hand(wb):
    for name in ("one", "two"):
        wb.calendars.put(f"batch-{name}", {"title": name}, rationale="First.")
    parts = [
        {
            "collection": "calendars",
            "id": f"batch-{name}",
            "base_version": 1,
            "changes": [{"op": "set", "path": "title", "new": "Both"}],
        }
        for name in ("one", "two")
    ]
    done = wb.batches.submit(parts, rationale="One name.")
    assert [(one.id, one.version) for one in done.submissions] == [("batch-one", 2), ("batch-two", 2)]
    assert wb.batches.get(done.batch).groups == ()
    with pytest.raises(Conflict):
        wb.batches.sign(done.batch)
    with pytest.raises(Invalid) as caught:
        wb.batches.submit([{**parts[0], "changes": [{"op": "set", "path": "titel", "new": "x"}]}], rationale="No.")
    assert (caught.value.code, caught.value.problems[0].path) == ("batch", "calendar/batch-one")

    assert wb.policies.get("approval").document["rules"] == []
    ends = datetime.now(UTC) + timedelta(days=9)
    with pytest.raises(Forbidden) as caught:
        wb.documents("calendar").waive("batch-one", "clock", ends=ends, reason="Nobody is there.")
    assert caught.value.code == "four-eyes"
    assert wb.calendars.waivers("batch-one") == ()
    with pytest.raises(NotFound):
        wb.waivers.decide("nowhere")
    with pytest.raises(NotFound):
        wb.waivers.end("nowhere", rationale="x")


def test_a_flow_of_a_blueprint_says_what_a_newer_one_would_bring(wb):
    wb.templates.create("loan-application", id="up", rationale="First.")
    found = wb.templates.upgrade("up")
    assert (found.blueprint, found.from_version, found.changes) == ("loan-application", found.to_version, ())
    for act in (
        lambda: wb.templates.apply_upgrade("up", rationale="Again."),
        lambda: wb.templates.upgrade_all("loan-application", only=["up"], rationale="Again."),
    ):
        with pytest.raises(Conflict) as caught:
            act()
        assert caught.value.code == "up-to-date"


def test_a_document_goes_through_its_whole_life(wb):
    made = wb.calendars.put("life", {"title": "One"}, rationale="First.")
    assert made.version == 1
    change = Change(op="set", path="title", new="Two")
    assert wb.calendars.submit("life", [change], base_version=1, rationale="Better.").version == 2
    assert [row.version for row in wb.calendars.history("life")] == [2, 1]
    assert wb.calendars.diff("life", 1, 2).text == ("Calendar: One → Two",)
    assert wb.calendars.get("life", version=1).document["title"] == "One"
    first = wb.calendars.get("life", version=1).at
    assert wb.calendars.get("life", as_of=first).version == 1
    assert wb.calendars.rollback("life", 1, rationale="Back.").version == 3
    assert wb.calendars.delete("life", rationale="Over.").version == 4
    assert "life" not in {row.id for row in wb.calendars.list()}
    assert wb.calendars.restore("life", rationale="Again.").version == 5
    assert wb.calendars.get("life").document["title"] == "One"


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_people_comes_back_as_it_was_and_shows_harmless(wb, text):
    name = f"h{uuid.uuid4().hex[:12]}"
    wb.calendars.put(name, {"title": text, "description": text}, rationale=text)
    assert wb.calendars.get(name).document["title"] == text
    page = wb.calendars.list()._repr_html_()
    assert "<script>" not in page
    assert "DROP" in text or wb.calendars.history(name)[0].rationale == text


def test_errors_are_those_of_the_tree_with_all_they_carry(wb):
    with pytest.raises(NotFound, match="absent") as missing:
        wb.templates.get("absent")
    assert missing.value.hint
    wb.calendars.put("twice", {"title": "One"}, rationale="First.")
    with pytest.raises(Conflict) as conflict:
        wb.calendars.put("twice", {"title": "Two"}, rationale="Second.")
    assert conflict.value.code == "exists"
    wb.calendars.put("twice", {"title": "Two"}, rationale="Second.", base_version=1)
    with pytest.raises(Stale) as stale:
        wb.calendars.put("twice", {"title": "Three"}, rationale="Third.", base_version=1)
    assert stale.value.details["conflicts"][0]["live"] == "Two"
    with pytest.raises(Invalid) as invalid:
        wb.calendars.put("bad", {"title": "", "clock": {"working_days": []}, "colour": 1}, rationale="Why.")
    assert {problem.path for problem in invalid.value.problems} >= {"title", "colour"}
    with pytest.raises(UsageError):
        wb.calendars.get("twice", version=1, as_of=datetime.now(UTC))


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_a_name_that_an_address_would_swallow_is_nowhere(wb, name):
    with pytest.raises(NotFound, match="nothing called"):
        wb.templates.get(name)


def test_drafts_are_kept_by_revision(wb):
    wb.calendars.put("drafted", {"title": "One"}, rationale="First.")
    draft = wb.calendars.draft("drafted")
    saved = wb.calendars.save_draft("drafted", {**draft.document, "title": "Mine"}, revision=0)
    with pytest.raises(Stale):
        wb.calendars.save_draft("drafted", {**draft.document, "title": "Theirs"}, revision=0)
    wb.calendars.discard_draft("drafted", revision=saved.revision)
    assert wb.calendars.draft("drafted").revision == 0


def test_lists_follow_their_pages(wb):
    for number in range(5):
        wb.calendars.put(f"page-{number}", {"title": "Page", "tags": ["paged"]}, rationale="First.")
    assert [row.id for row in wb.calendars.list(tag="paged")] == [f"page-{n}" for n in range(5)]
    assert {hit.id for hit in wb.search("page", kinds=("calendar",))} >= {"page-0", "page-4"}
    frame = wb.calendars.list(tag="paged").df
    assert list(frame["id"]) == [f"page-{n}" for n in range(5)]


def test_a_search_is_narrowed_by_what_documents_have_to_do_with(wb):
    made = wb.templates.create("loan-payment-processing", id="narrowed").template.id
    kpis = {hit.id for hit in wb.search(kinds=("kpi",), step="returned", limit=1000) if hit.flow == made}
    assert f"{made}/overall_return_rate" in kpis
    assert f"{made}/posting_error_rate" not in kpis
    (rule,) = {one.value for one in wb.search.filters() if one.filter == "regulation"}
    (hit,) = (hit for hit in wb.search(kinds=("kpi",), regulation=rule) if hit.flow == made)
    assert hit.owner in {one.value for one in wb.search.filters() if one.filter == "role"}
    assert {hit.kind for hit in wb.search(system="core-loan", role="sre", limit=1000)} >= {"template", "signal"}
    with pytest.raises(Invalid, match="'kpis'"):
        wb.search(kinds=("nonsense",))


def test_events_become_numbers(wb, flow, tmp_path):
    log = write_log(tmp_path / "log.csv", 40)
    seen = []
    done = flow.import_events(log, progress=seen.append)
    assert (done.read, done.added, done.changed) == (40, 40, True)
    assert seen[-1].state == "done"
    again = flow.import_events(log)
    assert (again.added, again.duplicates, again.changed) == (0, 40, False)
    result = flow.evaluate(by="month")
    assert result.df.shape[0] == len(result.values)
    whole = flow.evaluate()
    assert (whole["posts"], whole["money"]) == (40, 790)
    assert wb.run(whole.run.run) == whole.run
    assert next(flow.runs()).run == whole.run.run
    assert flow.status().events == 40
    assert [status.flow for status in wb.telemetry()] == ["contract"]
    assert "SELECT" in flow.query("posts").sql
    assert [row.kpi for row in flow.kpis()] == ["posts", "money"]
    assert "posts" in flow._repr_html_()


def test_a_large_file_is_streamed_and_its_rejects_come_back(flow, tmp_path):
    log = write_log(tmp_path / "large.csv", 60_000, prefix="large-row-with-a-long-name-")
    with log.open("a") as stream:
        stream.write(",posted,2026-01-01T00:00:00Z,1,no case\n")
    assert log.stat().st_size > 3_000_000
    done = flow.import_events(log)
    assert (done.added, done.rejected) == (60_000, 1)
    lines = b"".join(flow.rejects(done.batch)).decode().splitlines()
    assert len(lines) == 2
    assert "no case" in lines[1]


def test_what_cannot_be_imported_is_told_and_adds_nothing(flow, tmp_path):
    before = flow.status().snapshot
    with pytest.raises(InputError, match="no such file"):
        flow.import_events(tmp_path / "absent.csv")
    empty = tmp_path / "empty.csv"
    empty.write_text("")
    with pytest.raises(InputError, match="empty"):
        flow.import_events(empty)
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="no column"):
        flow.import_events(other)
    assert flow.status().snapshot == before


def test_a_job_can_be_watched_and_cancelled(wb, flow, tmp_path):
    log = write_log(tmp_path / "slow.csv", 150_000, prefix="slow")
    job = flow.start_import(log)
    wb.cancel(job.id)
    with pytest.raises(Cancelled):
        wb.wait(job)
    assert wb.job(job.id).state == "cancelled"
    assert job.id in {one.id for one in wb.jobs(state="cancelled")}


def test_files_are_compacted_and_old_events_left_out(flow, tmp_path):
    flow.import_events(write_log(tmp_path / "more.csv", 10, prefix="more"))
    kept = flow.compact()
    assert kept.events_after == kept.events_before
    rest = flow.retain(datetime(2026, 1, 15, tzinfo=UTC), rationale="Too old.")
    assert rest.events_after < rest.events_before


def test_the_journal_is_streamed_whole(wb, tmp_path):
    target = tmp_path / "journal.jsonl"
    count = wb.audit_export(target)
    lines = target.read_text().splitlines()
    assert json.loads(lines[0])["entries"] == count == len(lines) - 1
    found = wb.audit_verify()
    assert (found.ok, found.entries) == (True, count)
    assert next(wb.audit_entries()).seq == count
    assert list(tmp_path.iterdir()) == [target]
    with pytest.raises(UsageError, match="cannot be written"):
        wb.audit_export(tmp_path / "no folder" / "journal.jsonl")


def test_a_repeated_write_is_done_once(wb):
    calls = wb._calls
    body = {"document": {"title": "Keyed"}, "rationale": "Why."}
    key = {"Idempotency-Key": "contract-1"}
    first = calls.send("PUT", "/api/v1/calendars/keyed", json=body, headers=key)
    assert calls.send("PUT", "/api/v1/calendars/keyed", json=body, headers=key) == first
    assert wb.calendars.get("keyed").version == 1


def test_it_works_from_many_threads_and_inside_a_running_loop(wb):
    found = []
    threads = [threading.Thread(target=lambda: found.append(wb.me().person)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    async def inside():
        return wb.me().person

    assert set(found) == {asyncio.run(inside())}
    assert len(found) == 8


def test_numbers_with_many_digits_stay_exact(flow, tmp_path):
    log = tmp_path / "big.csv"
    log.write_text("case,step,time,amount,note\nbig,posted,2026-03-01T10:00:00Z,9999999999999999.99,x\n")
    flow.import_events(log)
    value = flow.evaluate(["money"], start=datetime(2026, 3, 1, tzinfo=UTC))["money"]
    assert value == Decimal("9999999999999999.99")


def test_another_token_is_refused(wb, remote, tmp_path):
    if not remote:
        pytest.skip("in the process there is no other token to give")
    with connect(tmp_path / "other", url=wb.url, token=uuid.uuid4().hex) as other, pytest.raises(Unauthenticated):
        other.me()
