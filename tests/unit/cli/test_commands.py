"""Commands as people and pipelines use them: what they print, and how they end."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import yaml


@pytest.mark.full
def test_a_template_is_shown_changed_compared_rolled_back_and_retired(shell, flow, tmp_path):
    shown = yaml.safe_load(shell.run("template", "show", flow).stdout)
    assert json.loads(shell.run("template", "show", flow, "--format", "json").stdout) == shown
    assert shown["id"] == flow
    file = tmp_path / "next.json"
    file.write_text(json.dumps({**shown, "title": "Payments, better"}))
    assert shell.json("template", "apply", file, "--rationale", "Better.")["version"] == 2
    assert "Payments → Payments, better" in shell.run("template", "diff", flow, 1, 2).stdout
    assert shell.json("template", "show", flow, "--version", 1)["document"]["title"] == "Payments"
    assert [row["version"] for row in shell.json("template", "history", flow)] == [2, 1]
    assert "Better." in shell.run("template", "history", flow).stdout
    shell.run("template", "rollback", flow, 1, "--rationale", "Back.")
    assert shell.json("template", "show", flow)["document"]["title"] == "Payments"
    shell.run("template", "delete", flow, "--rationale", "Over.")
    assert flow not in shell.run("template", "list").stdout
    shell.run("template", "restore", flow, "--rationale", "Not over.")
    assert [row["id"] for row in shell.json("template", "list")] == [flow]


def test_a_file_is_validated_before_anything_is_stored(shell, flow, document, tmp_path):
    file = tmp_path / "bad.yaml"
    bad = {**document, "outcomes": [{"id": "k", "title": "K", "measure": {"formula": "count(nothing)", "unit": "n"}}]}
    file.write_text(yaml.safe_dump(bad))
    told = shell.run("template", "validate", file, status=1).stdout
    assert "outcomes[k].measure" in told
    assert shell.json("template", "validate", file, status=1)["valid"] is False
    refused = shell.run("template", "apply", file, "--rationale", "Why.", status=1)
    assert "outcomes[k].measure" in refused.stderr
    shell.run("template", "validate", flow)


@pytest.mark.full
def test_events_are_imported_once_and_evaluated(shell, flow, tmp_path):
    log = tmp_path / "log.csv"
    log.write_text(
        "who,step,time\n1,posted,2026-01-01T10:00:00Z\n2,other,2026-01-31T10:00:00Z\n,posted,2026-02-01T10:00:00Z\n"
    )
    words = ("telemetry", "import", log, "--flow", flow, "--map", "case=who")
    told = shell.run(*words).stdout
    assert "3 read, 2 added, 0 duplicates, 0 late, 1 rejected." in told
    assert "No signal of the flow names these kinds of event, so no KPI counts them: 'other' (1)." in told
    batch = next(line for line in told.splitlines() if "bos telemetry rejects" in line).split()[4]
    assert "the case is missing" in shell.run("telemetry", "rejects", flow, batch).stdout
    again = shell.json(*words)
    assert (again["added"], again["unread"], again["unread_kinds"]) == (0, [{"step": "other", "events": 1}], 1)
    (row,) = shell.json("kpi", "eval", flow)
    names = ["kpi", "bucket_start", "value", "unit", "n", "withheld_reason", "no_data", "ended", "approval", "snapshot"]
    assert list(row) == names
    assert (row["kpi"], row["bucket_start"], row["value"], row["n"]) == ("all", None, 1, 2)
    buckets = shell.json("kpi", "eval", flow, "all", "--from", "2026-01-01", "--to", "2026-02-01", "--by", "week")
    assert [bucket["value"] for bucket in buckets] == [0, 0, 0, 0, 1]
    assert "Not approved yet · waits for" in shell.run("kpi", "eval", flow).stdout
    for wrong in ("../x", "nosuch", ""):
        refused = shell.run("kpi", "rerun", wrong, status=1).stderr
        assert "That is no id of a run" in refused
        assert "bos kpi runs FLOW" in refused
        assert "../x" not in refused
    assert "`bos kpi runs FLOW` lists" in shell.run("kpi", "rerun", "0" * 32, status=1).stderr
    assert shell.run("kpi", "show", flow, "all", "--sql").stdout.startswith(("SELECT", "WITH"))
    splunk = shell.run("kpi", "show", flow, "all", "--language", "spl", "--from", "2026-01-01", "--to", "2026-01-02")
    assert "SPL, generated, not run" in splunk.stdout
    assert "| where bos_at>=17" in splunk.stdout
    assert "earliest_time = 0" in splunk.stdout
    refused = shell.run("kpi", "show", flow, "all", "--language", "promql", "--by", "hour", status=1).stderr
    assert "know no case" in refused
    assert "cases" in shell.run("kpi", "list", flow).stdout
    behind = shell.json("kpi", "cases", flow, "all", "--limit", "1")
    assert (behind["total"], len(behind["items"])) == (2, 1)
    assert "1 more; --limit shows more of them." in shell.run("kpi", "cases", flow, "all", "--limit", "1").stdout
    case = behind["items"][0]["case"]
    assert [one["recorded"] for one in shell.json("kpi", "cases", flow, "all", "--case", case)["items"]] == ["other"]
    assert "2026-01-31 10:00:00+00:00  other" in shell.run("kpi", "cases", flow, "all", "--case", case).stdout
    assert "has no case 'gone'" in shell.run("kpi", "cases", flow, "all", "--case", "gone", status=1).stderr
    broken = shell.json("kpi", "broken", flow)
    assert ([rule["total"] for rule in broken["rules"]], len(broken["items"])) == ([1], 1)
    assert broken["items"][0]["evidence"]["words"].startswith("“other” on 31 January 2026")
    assert broken["next"] is None
    older = shell.json("kpi", "broken", flow, "--snapshot", "0")
    assert (older["snapshot"], older["rules"][0]["total"]) == (f"{flow}@0", 0)
    assert "no page of this list" in shell.run("kpi", "broken", flow, "--cursor", "x", status=2).stderr
    assert "its only event; no “" in shell.run("kpi", "broken", flow, "all").stdout
    assert "no KPI 'gone'" in shell.run("kpi", "broken", flow, "gone", status=1).stderr
    assert "is no filter" in shell.run("kpi", "cases", flow, "all", "--filter", "x", status=2).stderr
    assert shell.json("telemetry", "status", flow)[0]["events"] == 2
    assert shell.json("telemetry", "compact")[0]["events_after"] == 2


@pytest.mark.full
def test_error_budgets_are_printed_with_what_is_left_of_them(shell, flow, document, tmp_path):
    """One of four events is of 2 January and manual, two of five may be; the budget of 30 days is that of all."""
    assert "No KPI of this flow has an error budget." in shell.run("kpi", "budgets", flow).stdout
    file, log = tmp_path / "spent.yaml", tmp_path / "log.csv"
    manual = {"formula": "ratio(count(posted where resource = 'clerk'), count(posted))", "unit": "ratio"}
    target = {"value": 0.4, "direction": "at_most"}
    kpi = {"id": "manual", "title": "Manual", "measure": manual, "target": target, "error_budget": "30 days"}
    file.write_text(yaml.safe_dump({**document, "id": "spent", "outcomes": [kpi]}))
    shell.run("template", "apply", file, "--rationale", "First.")
    rows = [f"{day},posted,2026-01-0{day}T10:00:00Z,{'clerk' if day == 2 else 'batch'}" for day in (1, 2, 8, 9)]
    log.write_text("\n".join(["case,step,time,who", *rows]) + "\n")
    shell.run("telemetry", "import", log, "--flow", "spent", "--map", "resource=who")
    (one,) = shell.json("kpi", "budgets", "spent")
    assert (one["n"], one["used"], one["left"], one["status"]) == (4, 0.625, 0.375, "ok")
    assert "37.5\u202f%" in shell.run("kpi", "budgets", "spent").stdout
    (early,) = shell.json("kpi", "budgets", "spent", "--at", "2026-01-02")
    assert (early["n"], early["used"]) == (1, 0)
    shell.run("template", "delete", "spent", "--rationale", "Over.")


def test_a_date_is_midnight_in_the_zone_of_the_flow(shell, flow, document, tmp_path):
    file, log = tmp_path / "paris.yaml", tmp_path / "log.csv"
    file.write_text(yaml.safe_dump({**document, "id": "paris", "time_zone": "Europe/Paris"}))
    shell.run("template", "apply", file, "--rationale", "First.")
    log.write_text("case,step,time\n1,posted,2026-03-28T23:30:00Z\n2,posted,2026-03-29T21:59:00Z\n")
    shell.run("telemetry", "import", log, "--flow", "paris")
    day = ("--from", "2026-03-29", "--to", "2026-03-30")  # of 23 hours
    (row,) = shell.json("kpi", "eval", "paris", "all", *day)
    assert row["n"] == 2
    (row,) = shell.json("kpi", "eval", "paris", "all", "--from", "2026-03-29T00:00:00Z", "--to", "2026-03-30T00:00:00Z")
    assert row["n"] == 1
    window = shell.json("dashboard", "build", "paris", *day)["window"]
    assert (window["start"], window["end"]) == ("2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00")
    shell.run("template", "delete", "paris", "--rationale", "Over.")
    assert flow in shell.run("template", "list").stdout


@pytest.mark.full
@pytest.mark.usefixtures("flow")
def test_signals_are_found(shell):
    assert shell.json("signal", "list")[0]["id"] == "payment.posted"
    assert yaml.safe_load(shell.run("signal", "show", "payment.posted").stdout)["binding"]["event"] == "posted"
    assert "payment.posted" in shell.run("signal", "search", "posted").stdout
    asked = ("search", "--kind", "kpi", "--uses", "payment.posted")
    found = shell.json(*asked)
    assert {hit["kind"] for hit in found} == {"kpi"}
    assert found[0]["id"] in shell.run(*asked).stdout
    listed = shell.json("search", "--filters")
    (step, *_) = (one["value"] for one in listed if one["filter"] == "step")
    assert step in shell.run("search", "--filters").stdout
    assert {hit["kind"] for hit in shell.json("search", "--step", step)} >= {"template", "signal", "kpi"}
    assert shell.run("search", "--step", "nowhere").stdout.strip() == "Nothing fits."
    assert "--kind" in shell.run("search", "--kind", "nonsense", status=2).stderr


@pytest.mark.full
def test_people_get_roles_stand_in_and_leave(shell, flow):
    shell.run("people", "add", "bea", "--name", "Bea Ek", "--email", "bea@bank.example", "--why", "New here.")
    given = shell.run("role", "give", "finance_control", "--to", "bea", "--flow", flow, "--why", "Her work.").stdout
    assert given.startswith(f"bea holds Finance control (flow {flow})")
    (binding,) = (one["binding"] for one in shell.json("role", "list") if one["person"] == "bea")
    assert "Finance control" in shell.run("people", "list").stdout
    shell.run("people", "group", "treasury", "--title", "Treasury", "--member", "bea", "--why", "The team.")
    assert shell.json("people", "groups")[0]["members"] == ["bea"]
    shell.run("people", "delegate", "bea", "--until", "2099-01-01T02:00:00+02:00", "--why", "On leave.")
    assert (
        "bea@laptop.example"
        in shell.run("people", "identity", "bea", "--known-as", "Bea@laptop.example", "--why", "Hers.").stdout
    )
    (stand_in,) = shell.json("people", "delegations")
    assert (stand_in["delegate"], stand_in["ends"]) == ("bea", "2099-01-01T00:00:00Z")
    shell.run("people", "end-delegation", stand_in["delegation"], "--why", "Back.")
    assert f"{flow}  Payments  Process owner" in shell.run("people", "owners").stdout
    assert "no such flows" in shell.run("people", "owners", "--person", "bea").stdout, "no field asks for her role"
    assert {one["role"] for one in shell.json("people", "owners", flow)} == {"process_owner"}
    assert "KPI “All”" in shell.run("people", "owners", flow, "--role", "process_owner").stdout
    assert "Nothing there is theirs." in shell.run("people", "owners", flow, "--role", "sre").stdout
    assert "Data steward" in shell.run("people", "owners", "signal/payment.posted").stdout
    duties = shell.json("people", "departure", "bea")["duties"]  # the only other holder proposed all of it
    assert {(duty["what"], duty["role"]) for duty in duties} == {("signature", "finance_control")}
    assert "Only they" in shell.run("people", "disable", "bea", "--why", "Left.").stdout
    soon = ("--flow", flow, "--until", "tomorrow")
    assert "no date or time" in shell.run("role", "give", "sre", "--to", "bea", *soon, "--why", "x", status=2).stderr
    assert "already" in shell.run("people", "disable", "bea", "--why", "Left.", status=1).stderr
    shell.run("people", "enable", "bea", "--why", "Back.")
    assert "no more" in shell.run("role", "end", binding, "--why", "Moved.").stdout
    assert "people.manage" in shell.run("role", "rights").stdout
    for words in (("--flow", flow, "--tag", "x"), ("--tag", "x", "--group", "treasury")):
        shell.run("role", "give", "sre", "--to", "bea", *words, "--why", "x", status=2)
    assert "is let in" in shell.run("people", "erase", "bea", "--why", "Request 7.", status=1).stderr
    shell.run("people", "disable", "bea", "--why", "Left.")
    assert "bea are erased" in shell.run("people", "erase", "bea", "--why", "Request 7.").stdout
    assert "Erased person" in shell.run("people", "list").stdout
    assert "No pseudonym" in shell.run("telemetry", "erase", "Bea Ek", "--rationale", "Request 7.", status=1).stderr


@pytest.mark.usefixtures("flow")
def test_what_waits_is_listed_shown_and_signed_by_others_only_and_withdrawn(shell, flow):
    waits = shell.json("change", "list", "--state", "unsigned", "--id", flow)
    assert "Waits for" in shell.run("change", "list", "--state", "unsigned", "--id", flow).stdout
    group = waits[0]["group"]
    assert "Waits for" in shell.run("change", "show", group).stdout
    assert "author" in shell.run("change", "sign", group, status=1).stderr
    assert "live" in shell.run("change", "withdraw", group, status=1).stderr
    assert "no batch" in shell.run("change", "sign-batch", "nowhere", status=1).stderr
    told = shell.run("change", "list", "--id", flow).stdout.strip()
    assert told == "No change waits. Some live values have no signature yet: --state unsigned."


@pytest.mark.full
@pytest.mark.usefixtures("flow")
def test_a_template_is_upgraded_from_its_blueprint(shell, document, tmp_path):
    shell.run("template", "create", "--blueprint", "loan-application", "--id", "loans")
    assert "Nothing to take." in shell.run("template", "upgrade", "loans").stdout
    assert shell.json("template", "upgrade", "loans")["from_version"] == 1
    assert "has all" in shell.run("template", "upgrade", "loans", "--rationale", "New.", status=1).stderr
    assert "has all" in shell.run("template", "upgrade-all", "loan-application", "--rationale", "New.", status=1).stderr
    file = tmp_path / "plain.yaml"
    file.write_text(yaml.safe_dump({**document, "id": "plain"}))
    shell.run("template", "apply", file, "--rationale", "Without a blueprint.")
    words = ("template", "upgrade", "plain", "--blueprint", "loan-application")
    assert "changed here" in shell.run(*words).stdout
    done = shell.run(*words, "--mode", "pick", "--pick", "description", "--rationale", "Their words.").stdout
    assert "version 2" in done
    assert "Left as they are here:" in done


@pytest.mark.full
def test_the_policy_is_shown_and_a_rule_for_it_waits_for_a_second_person(shell, flow, tmp_path):
    assert "rules: []" in shell.run("policy", "show").stdout
    file = tmp_path / "policy.yaml"
    file.write_text(
        "title: Approval policy\nowner: coe\nrules:\n- id: two\n  field: outcomes[].target\n"
        "  signers:\n  - role: finance_control\n    count: 2\n"
    )
    told = shell.run("policy", "apply", file, "--rationale", "Decided in March.").stdout
    assert "Held: rules[two]" in told
    assert "coe" in told
    (held,) = shell.json("change", "list", "--id", "approval")
    assert "withdrawn" in shell.run("change", "withdraw", held["group"], "--comment", "Not yet.").stdout
    path = shell.json("change", "list", "--state", "unsigned", "--id", flow)[0]["changes"][0]["path"]
    asked = shell.run("waiver", "ask", flow, path, "--until", "2099-01-01", "--rationale", "Away.", status=1)
    assert "within a year" in asked.stderr
    assert shell.json("waiver", "list", flow) == []
    for command in (("agree", "x"), ("refuse", "x", "--rationale", "No."), ("end", "x", "--rationale", "No.")):
        assert "no waiver" in shell.run("waiver", *command, status=1).stderr


def test_the_journal_is_verified_and_exported(shell, tmp_path):
    assert "The journal is whole" in shell.run("audit", "verify").stdout
    file = tmp_path / "journal.jsonl"
    entries = shell.json("audit", "export", file)["entries"]
    assert len(file.read_text().splitlines()) == entries + 1
    word, key = shell.run("audit", "checkpoint").stdout.split("\nPublic key: ")
    assert shell.json("audit", "checkpoint")["text"] == word
    assert "checkpoints agree" in shell.run("audit", "verify", "--checkpoint", word).stdout
    assert "no checkpoint" in shell.run("audit", "verify", "--checkpoint", "bos1", status=2).stderr
    program = tmp_path / "verify_journal.py"
    program.write_text(shell.run("audit", "verifier").stdout)
    words = [sys.executable, "-I", program, file, "--key", key.strip()]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "The journal is whole.\n", "")


@pytest.mark.usefixtures("flow")
@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (("template", "show", "absent"), 1, "There is no template 'absent'"),
        (("template", "apply", "absent.yaml", "--rationale", "x"), 1, "cannot be read"),
        (("template", "create", "--blueprint", "absent"), 1, "no blueprint 'absent'"),
        (("template", "delete", "payments", "--rationale", " "), 1, "rationale is missing"),
        (("template", "nonsense"), 2, "No such command"),
        (("kpi", "eval", "payments", "absent"), 1, "no KPI 'absent'"),
        (("kpi", "eval", "payments", "--from", "yesterday"), 2, "no date or time"),
        (("kpi", "eval", "payments", "--from", "2026-01-01T10:00:00"), 2, "no offset"),
        (("kpi", "eval", "payments", "--from", "2026-02-01", "--to", "2026-01-01"), 2, "ends when it begins"),
        (("telemetry", "import", "absent.csv", "--flow", "payments"), 1, "no such file"),
        (("telemetry", "import", "x.csv", "--flow", "payments", "--map", "case"), 2, "mapping cannot be read"),
        (("telemetry", "import", "x.csv", "--flow", "payments", "--format", "pdf"), 2, "pdf"),
    ],
)
def test_what_goes_wrong_is_told_in_words_with_a_status(shell, words, status, told):
    assert told in shell.run(*words, status=status).stderr


@pytest.mark.usefixtures("flow")
def test_a_hostile_title_cannot_steer_the_terminal(shell, document, tmp_path):
    file = tmp_path / "hostile.yaml"
    title = "[red]x[/red] <b>\u2028evil"
    file.write_text(yaml.safe_dump({**document, "id": "hostile", "title": title}))
    shell.run("template", "apply", file, "--rationale", "Why.")
    listed = shell.run("template", "list").stdout
    assert "[red]x[/red] <b> evil" in listed
    assert "\u2028" not in listed
    assert shell.json("template", "show", "hostile")["document"]["title"] == title
    shell.run("template", "delete", "hostile", "--rationale", "Over.")


@pytest.mark.usefixtures("flow")
@pytest.mark.parametrize("content", ["- a\n- b\n", "a: 1\n---\nb: 2\n", "a: [", "\x00"])
def test_a_file_that_is_no_document_is_refused(shell, tmp_path, content):
    file = tmp_path / "odd.yaml"
    file.write_text(content)
    assert str(file) in shell.run("template", "apply", file, "--rationale", "x", status=1).stderr


def test_help_is_quick_and_loads_no_server_part():
    code = (
        "import sys; from bos.cli.main import app; "
        "print(*({'sqlalchemy', 'fastapi', 'duckdb', 'pandas', 'httpx', 'ibis'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_a_file_that_grows_by_aliases_is_refused_at_once(shell, tmp_path):
    bomb = tmp_path / "bomb.yaml"
    levels = [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 10)]
    bomb.write_text("\n".join(["l0: &l0 [x]", *levels]))
    assert "aliases" in shell.run("template", "validate", bomb, status=1).stderr


@pytest.mark.full
def test_a_table_of_another_layout_needs_only_case_step_and_time(shell, tmp_path):
    shell.run("template", "create", "--blueprint", "loan-application", "--id", "other-layout")
    log = tmp_path / "other.csv"
    log.write_text("id,event,at\n1,A_SUBMITTED,2026-01-01T10:00:00Z\n1,A_APPROVED,2026-01-02T10:00:00Z\n")
    words = ("telemetry", "import", log, "--flow", "other-layout")
    assert "has no column" in shell.run(*words, status=1).stderr
    assert shell.json(*words, "--map", "case=id,step=event,time=at")["added"] == 2
    (row,) = shell.json("kpi", "eval", "other-layout", "approved_within_14_days")
    assert row["value"] == 1


@pytest.mark.parametrize("program", ["bos", "jupyter-bos"])
def test_both_names_of_the_command_work(program):
    path = f"{sys.prefix}/bin/{program}"
    done = subprocess.run([path, "--help"], capture_output=True, text=True, check=True)
    assert all(word in done.stdout for word in ("up", "demo", "lab", "doctor", "template", "kpi", "audit"))


@pytest.mark.full
@pytest.mark.usefixtures("flow")
def test_a_kpi_is_judged_by_its_past_and_thresholds_are_tried(shell, document, tmp_path):
    """Two events a day, five on 8 January: above 3 once; of two incidents the one of that day is caught."""
    file, log, labels = tmp_path / "judged.yaml", tmp_path / "log.csv", tmp_path / "incidents.csv"
    kpi = {"id": "many", "title": "Many", "measure": {"formula": "count(posted)", "unit": "count"}}
    kpi["target"] = {"value": 2, "direction": "at_most"}
    file.write_text(yaml.safe_dump({**document, "id": "judged", "time_zone": "UTC", "outcomes": [kpi]}))
    shell.run("template", "apply", file, "--rationale", "First.")
    rows = [
        f"{day}.{i},posted,2026-01-{day:02d}T10:0{i}:00Z" for day in range(1, 14) for i in range(5 if day == 8 else 2)
    ]
    log.write_text("\n".join(["case,step,time", *rows]) + "\n")
    shell.run("telemetry", "import", log, "--flow", "judged")
    labels.write_text("start,end,name\n2026-01-08T08:00,2026-01-09,Storm\n2026-01-03,2026-01-04,Quiet\n")
    found = shell.json("kpi", "behaviour", "judged", "many", "--by", "day")
    assert (len(found["points"]), found["limits"]["points"], len(found["left_out"])) == (11, 11, 2)
    told = shell.run("kpi", "behaviour", "judged", "many", "--by", "day", "--baseline", "2026-01-01..2026-01-12").stdout
    assert "lies outside its natural limits" in told
    assert "Left out · 2026-01-13" in told
    assert "is no period" in shell.run("kpi", "behaviour", "judged", "many", "--baseline", "2026", status=2).stderr
    tried = ("kpi", "backtest", "judged", "many", "--breach", "3", "--incidents", labels)
    (one,) = shell.json(*tried)["tests"]
    assert (one["precision"], one["recall"], one["caught"], one["missed"]) == (1, 0.5, 1, 1)
    printed = shell.run(*tried).stdout
    assert "Would have fired 1 time in 11 days, for 1 d in all. Caught 1 of 2 incidents; missed 1. No false" in printed
    assert "Missed: 2026-01-03 00:00:00+00:00 to 2026-01-04 00:00:00+00:00 Quiet" in printed
    assert "It has no cost rule." in printed
    assert "cannot be read" in shell.run(*tried[:-1], tmp_path / "none.csv", status=2).stderr
    shell.run("template", "delete", "judged", "--rationale", "Over.")


def test_a_dashboard_and_an_evaluation_are_exported_as_files(shell, flow, tmp_path):
    told = shell.json("dashboard", "export", flow, "--to", "csv", "--out", tmp_path)
    assert (tmp_path / told["file"]).stat().st_size == told["size_bytes"]
    assert told["path"] == str(tmp_path / told["file"])
    out = tmp_path / "board.json"
    assert "Not carried · funnel" in shell.run("dashboard", "export", flow, "--to", "grafana", "--out", out).stdout
    assert json.loads(out.read_text())["tags"] == ["bos", flow]
    shell.run("dashboard", "export", flow, "--to", "pdf", status=2)
    shell.run("kpi", "export", "none", "--to", "csv", status=1)


def test_a_template_is_exported_as_openslo(shell, flow, tmp_path):
    told = shell.json("template", "export", flow, "--to", "openslo", "--out", tmp_path)
    assert (tmp_path / told["file"]).stat().st_size == told["size_bytes"]
    out = tmp_path / "slo.yaml"
    printed = shell.run("template", "export", flow, "--to", "openslo", "--out", out).stdout
    assert "Not carried · All · The whole KPI: It has no target." in printed
    assert yaml.safe_load(out.read_text())["kind"] == "Service"
    shell.run("template", "export", flow, "--to", "pdf", status=2)
    shell.run("template", "export", "none", "--to", "openslo", status=1)
