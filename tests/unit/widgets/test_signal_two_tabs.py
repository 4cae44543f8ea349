"""The form of one signal in two tabs: what both saved goes together by part, and nothing is overwritten unseen."""

from __future__ import annotations

import pytest

from tests.unit.widgets.test_signal_page import FLOW, Page, act, fields, text
from widgets.wizard import Wizard
from widgets.wizard.rejoin import LABELS


@pytest.fixture
def two(wb):
    """Return two pages on a signal that is nobody else's, whose binding has a query and a mapping."""
    if "tabs-splunk" not in {row.id for row in wb.connections.list()}:
        system = {
            "id": "tabs-splunk",
            "title": "Splunk",
            "connector": "splunk",
            "address": "https://splunk.bank.example",
        }
        wb.connections.put("tabs-splunk", system, rationale="Payments.")
    document = {"id": "tabs", "title": "Tabs", "type": "process"}
    document["binding"] = {
        "event": "TABS", "connection": "tabs-splunk", "query": "index=payments",
        "mapping": {"case": "payment", "amount": "amount"},
        "fields": [{"id": "fee", "native": "FEE_AMT", "type": "number"}], "where": {"status": "OK"},
    }  # fmt: skip
    there = {row.id for row in wb.signals.list()}
    base = wb.signals.get("tabs").version if "tabs" in there else None
    wb.signals.put("tabs", document, rationale="Begin.", base_version=base)
    return Tab(wb), Tab(wb)


class Tab(Page):
    """The form of the signal, in a flow that has taken it into its draft."""

    def __init__(self, wb):
        self.wb, self.id = wb, "tabs"
        self.wizard = Wizard(wb, query=f"flow={FLOW}")
        uses = self.wizard.state.document["process_signals"]
        if "tabs" not in {use["id"] for use in uses}:
            uses.append({"id": "tabs", "signal": "tabs", "step": None, "affects": []})
        self.view = act(self.wizard, "open", "process_signals[tabs].signal")

    @property
    def binding(self):
        return self.live.document["binding"]


def banners(page):
    return text(page.view["banners"])


def test_different_parts_of_the_source_go_together_by_the_second_save(two):
    one, other = two
    one.save(query="index=main", pulled="5 minutes", where="status = OK\nkind = A", why="First tab.")
    other.save(event="TABS_2", mapping="case = id\namount = amount", why="Second tab.")
    assert "Changes made elsewhere were taken in; none of yours was touched." in banners(other)
    assert other.view["focus"]["id"] == "signal-told"
    assert other.binding == {
        "connection": "tabs-splunk", "query": "index=main", "every": "5 minutes", "language": "", "event": "TABS_2",
        "where": {"status": "OK", "kind": "A"}, "mapping": {"case": "id", "amount": "amount"},
        "fields": [{"id": "fee", "native": "FEE_AMT", "type": "number"}],
    }  # fmt: skip


def test_lines_of_one_list_go_together_added_changed_and_taken_out(two):
    one, other = two
    one.save(mapping="case = payment\nattr.branch = branch", fields="fee = FEE, number\nrate = R, number", why="One.")
    other.save(mapping="amount = amount\ncase = id", fields="fee = FEE_AMT, number\ntax = TAX, text", why="Two.")
    assert "Changes made elsewhere" in banners(other)
    assert other.binding["mapping"] == {"case": "id", "attr.branch": "branch"}
    assert {row["id"]: row["native"] for row in other.binding["fields"]} == {"fee": "FEE", "rate": "R", "tax": "TAX"}


def test_what_both_changed_is_shown_with_both_values_before_it_is_saved(two):
    one, other = two
    one.save(query="index=main", mapping="case = payment\namount = sum", pulled="5 minutes", why="First tab.")
    version = one.live.version
    other.save(query="index=other", mapping="case = payment\namount = total\nattr.b = b", why="Second tab.")
    assert other.live.version == version
    (banner,) = [one for one in other.view["banners"] if one["id"] == "signal-moved"]
    said = text(banner)
    assert "Query: index=main (you typed: index=other)" in said
    assert "Which column is what, amount: sum (you typed: total)" in said
    assert '"Pulled every: 5 minutes"' in said
    assert "other details" not in said
    shown = fields(other.view)
    assert (shown["Query"], shown["Pulled every"]) == ("index=other", "5 minutes")
    assert shown["Which column is what"] == "case = payment\namount = total\nattr.b = b"
    other.save()
    assert other.view["focus"]["id"] == "signal-told"
    assert (other.binding["query"], other.binding["every"]) == ("index=other", "5 minutes")
    assert other.binding["mapping"] == {"case": "payment", "amount": "total", "attr.b": "b"}


def test_a_list_that_clashes_in_one_line_shows_the_other_lines_of_both(two):
    one, other = two
    one.save(mapping="case = id\namount = amount\nattr.a = a", why="First tab.")
    other.save(mapping="case = key\namount = amount\nattr.b = b", why="Second tab.")
    assert "Which column is what, case: id (you typed: key)" in banners(other)
    assert "Which column is what, attr.a: a" in banners(other)
    assert fields(other.view)["Which column is what"] == "case = key\namount = amount\nattr.a = a\nattr.b = b"
    assert "new.signals[tabs].mapping" in other.view["forget"]["names"]
    other.save(mapping="case = key\namount = amount\nattr.b = b")
    assert other.binding["mapping"] == {"case": "key", "amount": "amount", "attr.b": "b"}, "taken out on purpose"


def test_a_part_that_was_typed_back_to_what_it_was_is_no_change_of_this_tab(two):
    one, other = two
    other.type(query="index=other", event="TABS_9", why="Second tab.").type(query="index=payments ")
    one.save(query="index=main", why="First tab.")
    other.save()
    assert (other.binding["query"], other.binding["event"]) == ("index=main", "TABS_9")


def test_one_change_made_in_both_tabs_does_not_clash(two):
    one, other = two
    one.save(pulled="5 min", why="First tab.")
    other.save(pulled="5 minutes", event="TABS_4", why="Second tab.")
    assert other.view["focus"]["id"] == "signal-told"
    assert (other.binding["every"], other.binding["event"]) == ("5 minutes", "TABS_4")


def test_when_it_is_expected_goes_together_by_part(two):
    one, other = two
    one.save(every="1 day", why="Daily.")
    later, last = Tab(one.wb), Tab(one.wb)
    later.save(by="8:00", why="By eight.")
    last.save(clock="business", by="9:00", why="Working days.")
    assert "By the time of day: 08:00 (you typed: 09:00)" in banners(last)
    assert "Counted in" not in banners(last)
    last.save()
    assert last.live.document["arrival"] == {"every": "1 day", "clock": "business", "by": "09:00:00"}
    assert other.live.document["binding"]["query"] == "index=payments"


def test_a_reload_with_what_was_typed_before_says_which_parts_clash(two):
    one, other = two
    other.type(query="index=other", why="Second tab.")
    one.save(query="index=main", event="TABS_3", title="Named anew", why="First tab.")
    query = other.view["location"].removeprefix("?")
    entry = {"field": "new.signals[tabs].query", "value": "index=other", "base": "index=payments", "rev": 1}
    again = Wizard(one.wb, query=f"flow={FLOW}")
    again.state.document = other.wizard.state.document
    again._receive({"type": "location", "query": query})
    again._receive({"type": "replay", "entries": [entry]})
    said = text(again.surface.view["banners"])
    assert "Query: index=main (you typed: index=other)" in said
    assert "Event in the source: TABS_3" in said
    assert "Name of the signal: Named anew" in said
    assert fields(again.surface.view)["Event in the source"] == "TABS_3"


def test_parts_are_called_as_on_the_page(wb, two):
    system = Page(wb, "system_signals[ach_file_delay]", "ach-file.delay")
    assert set(LABELS.values()) == {*fields(two[0].view), *fields(system.view)} - {"Why do you change it?"}
