"""The command line of calendars, cost rules and signals."""

from __future__ import annotations

import yaml


def test_a_calendar_is_made_and_takes_over_holidays(shell, tmp_path):
    file = tmp_path / "desk.yaml"
    file.write_text("id: desk\ntitle: Desk\nclock: {time_zone: Europe/Amsterdam, holidays: [2026-12-24]}\n")
    shell.run("calendar", "apply", file, "--rationale", "First.")
    assert "Desk" in shell.run("calendar", "list").stdout
    years = ("--from", "2026", "--to", "2026")
    done = shell.run("calendar", "fill", "desk", "XECB", *years, "--rationale", "As the ECB says.")
    assert "calendar desk is at version 2" in done.stdout
    found = yaml.safe_load(shell.run("calendar", "show", "desk").stdout)["clock"]["holidays"]
    assert found == ["2026-01-01", "2026-04-03", "2026-04-06", "2026-05-01", "2026-12-24", "2026-12-25", "2026-12-26"]
    assert shell.json("calendar", "holidays", "XECB", *years)[0] == {"day": "2026-01-01", "name": "New Year's Day"}
    assert "Fri 2026-12-25" in shell.run("calendar", "holidays", "XECB", *years).stdout
    assert "Federal Reserve" in shell.run("calendar", "sources").stdout
    wrong = shell.run("calendar", "holidays", "XXXX", *years, status=1)
    assert "BOS knows no holidays of 'XXXX'." in wrong.stderr
    assert shell.json("calendar", "show", "desk")["version"] == 2


def test_a_cost_rule_is_made_changed_and_shown(shell, tmp_path):
    file = tmp_path / "late.yaml"
    file.write_text("id: late\ntitle: Late\ncharge: {currency: USD, fixed: 5}\n")
    shell.run("cost-rule", "apply", file, "--rationale", "First.")
    file.write_text("id: late\ntitle: Late\ncharge: {currency: USD, fixed: 5.00, at_most: 7.5}\n")
    assert "cost rule late is at version 2" in shell.run("cost-rule", "apply", file, "--rationale", "A limit.").stdout
    charge = yaml.safe_load(shell.run("cost-rule", "show", "late").stdout)["charge"]
    assert (charge["fixed"], charge["at_most"]) == ("5.00", "7.50")
    assert "Late" in shell.run("cost-rule", "list").stdout
    assert shell.json("cost-rule", "list")[0]["owner"] == "finance_control"
    file.write_text("id: late\ntitle: Late\ncharge: {currency: USD}\n")
    wrong = shell.run("cost-rule", "apply", file, "--rationale", "Nothing.", status=1)
    assert "costs nothing" in wrong.stderr


def test_a_signal_is_made_and_bound_to_a_query(shell, tmp_path):
    file = tmp_path / "booked.yaml"
    file.write_text("id: booked\ntitle: Booked\ntype: process\n")
    shell.run("signal", "apply", file, "--rationale", "First.")
    file.write_text("id: booked\ntitle: Booked\ntype: process\nbinding: {event: BOOKED, query: index=main}\n")
    assert "signal booked is at version 2" in shell.run("signal", "apply", file, "--rationale", "Bound.").stdout
    assert yaml.safe_load(shell.run("signal", "show", "booked").stdout)["binding"]["query"] == "index=main"
    file.write_text("id: booked\ntitle: Booked\ntype: tape\n")
    assert "type" in shell.run("signal", "apply", file, "--rationale", "Nothing.", status=1).stderr


def test_a_file_of_an_older_version_changes_its_own_fields_alone_and_says_what_others_changed(shell, tmp_path):
    file = tmp_path / "paid.yaml"
    text = "id: paid\ntitle: {}\ndescription: {}\ntype: process\n"

    def apply(title, description, why, *more, status=0):
        file.write_text(text.format(title, description))
        return shell.run("signal", "apply", file, "--rationale", why, *more, status=status)

    apply("Paid", "One", "First.")
    apply("Ann", "One", "Of Ann.")
    done = apply("Paid", "Two", "Of Bob.", "--base", "1").stdout
    assert "Changed: description. Before it was version 2, by " in done
    assert "Live, too: version 2, by " in done
    live = yaml.safe_load(shell.run("signal", "show", "paid").stdout)
    assert (live["title"], live["description"]) == ("Ann", "Two")
    refused = apply("Bob", "Two", "As Ann did.", "--base", "1", status=1).stderr
    assert "title" in refused
    over = apply("Paid", "Three", "Without a base.").stdout
    assert "Changed: title, description. Before it was version 3, by " in over
    none = apply("Paid", "One", "Nothing of mine.", "--base", "1").stdout
    assert "0 fields went live" in none
    assert "Live, too: version 4, by " in none
