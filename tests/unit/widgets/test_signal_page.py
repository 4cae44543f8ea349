"""A shared signal changed from a flow: the form without a browser, against the real API."""

from __future__ import annotations

import json
from contextlib import contextmanager

import pytest

from bos.actions import changes
from bos.actions.context import Context
from bos.auth.actor import Actor
from bos.errors import Forbidden, Unavailable
from bos.home import Home
from bos.model.diff import Change
from bos.model.roles import SIGNING_ROLES
from bos.store.engine import make_engine
from bos.telemetry.lake import Lake
from widgets.wizard import Wizard

FLOW = "loan-payment-processing"
SAM = Actor("sam", "Sam", roles=SIGNING_ROLES)


def act(wizard, action, value=None):
    wizard._receive({"type": "action", "action": action, "value": value})
    return wizard.surface.view


def text(view):
    """Return everything a page says."""
    return json.dumps(view, ensure_ascii=False, default=str)


def each(element):
    """Yield an element and all within it."""
    if isinstance(element, dict):
        yield element
        for inner in element.values():
            yield from each(inner)
    elif isinstance(element, list):
        for inner in element:
            yield from each(inner)


def fields(view):
    """Return label and value of every field of a page."""
    return {one["label"]: one["value"] for one in each(view["body"]) if one.get("t") == "field"}


def buttons(view):
    return {one["label"] for one in each(view["body"]) if one.get("t") == "button"}


class Page:
    """The form of one signal of the pilot flow, in a wizard."""

    def __init__(self, wb, use="process_signals[due]", id_="payment.due"):
        self.wb, self.use, self.id = wb, use, id_
        self.wizard = Wizard(wb, query=f"flow={FLOW}&stage=populate&item={use}")
        self.view = act(self.wizard, "open", f"{use}.signal")

    def type(self, **values):
        for part, value in values.items():
            self.wizard._receive({"type": "field", "field": f"new.signals[{self.id}].{part}", "value": value, "rev": 1})
        self.view = self.wizard.surface.view
        return self

    def save(self, **values):
        self.type(**values)
        self.view = act(self.wizard, "save_signal")
        return self.view

    @property
    def live(self):
        return self.wb.signals.get(self.id)

    def wrong(self):
        return [one["text"] for one in self.view["summary"]]


def elsewhere(wb, id_="payment.due", **over):
    """Change a signal as somebody else does meanwhile."""
    there = wb.signals.get(id_)
    document = {**there.document, **over}
    return wb.signals.put(id_, document, rationale="Meanwhile.", base_version=there.version)


@contextmanager
def signing(served):
    """Yield what actions on the served home work with."""
    settings, _ = served
    engine = make_engine(settings.database_url)
    try:
        yield Context(settings, Home(settings.home), engine, Lake(settings.home / "lake"))
    finally:
        engine.dispose()


def approve(served, wb, id_):
    """Have Sam sign every value of a signal that nobody has signed."""
    with signing(served) as ctx:
        for group in wb.changes(kind="signal", id=id_):
            if group.state in {"waiting", "unsigned"}:
                changes.sign(ctx, SAM, group.group, decision="approve")


def test_the_form_is_filled_with_the_signal_as_it_is_live_and_says_that_no_other_flow_uses_it(wb):
    page = Page(wb)
    live = page.live.document
    assert page.view["heading"] == f"Change the signal: {live['title']}"
    assert fields(page.view) == {
        "Name of the signal": live["title"],
        "Description": live["description"],
        "Event in the source": live["binding"]["event"],
        "Personal data": live["pii"],
        "Kept for days": str(live["retention_days"]),
        "Expected at least every": "",
        "Counted in": "calendar",
        "By the time of day": "",
        "Connection": "",
        "Query": "",
        "Which column is what": "",
        "Language": "",
        "Fields": "\n".join(f"{one['id']} = {one['native']}, {one['type']}" for one in live["binding"]["fields"]),
        "Narrowed to": "",
        "Pulled every": "",
        "Why do you change it?": "",
    }
    assert "No other flow uses it at the moment." in page.view["lede"]
    assert "Unit" not in fields(page.view)


def test_a_system_signal_has_a_unit_and_no_event(wb):
    page = Page(wb, "system_signals[ach_file_delay]", "ach-file.delay")
    assert "Event in the source" not in fields(page.view)
    assert fields(page.view)["Unit"] == page.live.document["unit"]
    page.save(unit="minutes", why="It is measured in minutes.")
    assert page.live.document["unit"] == "minutes"


def test_the_page_survives_a_reload_with_what_was_typed(wb):
    page = Page(wb).type(title="Typed", why="Because.")
    again = Wizard(wb, query=page.view["location"].removeprefix("?"))
    left = [
        {"field": f"new.signals[payment.due].{part}", "value": value, "base": "", "rev": n}
        for n, (part, value) in enumerate((("title", "Typed"), ("why", "Because.")), start=1)
    ]
    again._receive({"type": "replay", "entries": left})
    assert again.surface.view["location"] == page.view["location"]
    assert fields(again.surface.view) == fields(page.view)
    assert again.surface.view["banners"] == []


def test_every_problem_is_told_at_once_beside_its_field_and_nothing_is_saved(wb):
    page = Page(wb)
    before = page.live.version
    page.save(title=" ", description="d" * 10_001, event="e" * 201, days="0.5", why="\n")
    assert page.wrong() == [
        "Enter the name of the signal",
        "Description must have 10,000 characters or fewer",
        "Event in the source must have 200 characters or fewer",
        "Kept for days must be a whole number from 1 to 36500",
        "Enter why you change the signal",
    ]
    assert [one["error"] for one in each(page.view["body"]) if one.get("error")] == page.wrong()
    page.type(title="t" * 201, description="", event=" ", days="36501", why="Because.")
    assert page.wrong() == [
        "Name of the signal must have 200 characters or fewer",
        "Enter the name the source gives this event",
        "Kept for days must be a whole number from 1 to 36500",
    ]
    assert page.live.version == before


def test_a_save_changes_what_was_typed_and_nothing_else_and_leads_back_to_the_signal_of_the_flow(wb):
    page = Page(wb, "process_signals[received]", "payment.received")
    before = page.live
    view = page.save(title=" Payment arrived ", why=" Its name was not clear. ")
    assert page.live.document == {**before.document, "title": "Payment arrived"}
    assert page.live.version == before.version + 1
    assert wb.signals.history(page.id)[0].rationale == "Its name was not clear."
    assert (view["heading"], view["focus"]["id"]) == ("Payment arrived", "signal-told")
    assert "Live at once: Signal" in text(view["banners"])
    assert "not approved" not in text(view["banners"])
    assert page.wizard.state.signals[page.id] == page.live.document
    assert not [name for name in page.wizard.state.new if name.startswith("new.")]
    assert "new." in view["forget"]["names"]


def test_how_often_the_signal_is_expected_is_told_with_its_time_of_day(wb):
    page = Page(wb, "process_signals[received]", "payment.received")
    page.save(every="1 week", clock="business", by="8 o'clock", why="It comes as a file.")
    assert page.wrong() == [
        "By the time of day must be a time such as 08:00",
        "Working time is not counted in weeks: write so many days, each is a working day",
    ]
    page.save(every="4 h", by="8:00")
    assert page.wrong() == ["Expected at least every must be days where a time of day is given, such as 1 day"]
    view = page.save(every="2 d")
    assert page.live.document["arrival"] == {"every": "2 days", "clock": "business", "by": "08:00:00"}
    assert "At least every 2 working days by 08:00" in text(view["body"])
    again = Page(wb, page.use, page.id)
    assert fields(again.view)["By the time of day"] == "08:00"
    again.save(by="", why="Some time that day will do.")
    assert again.live.document["arrival"] == {"every": "2 days", "clock": "business", "by": None}


def test_a_change_of_a_value_that_nobody_has_signed_is_live_and_marked(wb):
    page = Page(wb, "process_signals[matched]", "payment.matched")
    where = page.live.document["binding"]
    view = page.save(event="MATCHED_2", why="The log calls it so.")
    assert page.live.document["binding"] == {**where, "event": "MATCHED_2"}
    assert "Live at once, but not approved until Data steward signs: Source" in text(view["banners"])


def test_a_change_of_an_approved_value_is_held_until_somebody_signs(wb, served):
    approve(served, wb, "payment.settled")
    page = Page(wb, "process_signals[settled]", "payment.settled")
    before = page.live.document
    other = "direct" if before["pii"] != "direct" else "indirect"
    view = page.save(title="Settled now", pii=other, why="It names the payer.")
    said = text(view["banners"])
    assert "Live at once: Signal" in said
    assert "Held until Compliance signs, the approved value stays in force: Personal data" in said
    assert page.live.document == {**before, "title": "Settled now"}
    assert page.wizard.state.signals[page.id]["pii"] == before["pii"]
    again = Page(wb, page.use, page.id)
    assert "An earlier change waits for 1 person as Compliance:" in text(again.view["body"])
    view = again.save(pii=other, why="Once more.")
    assert "Nothing new is saved" in text(view["banners"])


def test_a_proposal_that_came_meanwhile_is_shown_before_it_is_replaced(wb, served):
    approve(served, wb, "payment.posted")
    page = Page(wb, "process_signals[posted]", "payment.posted")
    live = page.live
    wb.signals.submit(
        page.id, [Change(op="set", path="retention_days", new=100)], base_version=live.version, rationale="Meanwhile."
    )
    page.save(days="200", why="Shorter.")
    assert "Another proposal for the same field waits" in text(page.view["banners"])
    assert "An earlier change waits for 1 person as Compliance:" in text(page.view["body"])
    assert fields(page.view)["Kept for days"] == "200"
    view = page.save()
    assert "Held until Compliance signs" in text(view["banners"])
    (waiting,) = wb.changes(kind="signal", id=page.id, state="waiting")
    assert [change.new for change in waiting.changes] == [200]


def test_nothing_to_save_is_an_error_of_the_reason(wb):
    page = Page(wb)
    page.save(days=f"{page.live.document['retention_days']:,}.0", why="To save nothing.")
    assert page.view["summary"] == [
        {
            "text": "There is nothing to save: the signal is as it is live",
            "field": "new.signals[payment.due].why",
        }
    ]
    assert page.type(why="Still nothing.").wrong() == []


def test_a_change_by_somebody_else_is_shown_and_a_second_save_is_deliberate(wb):
    page = Page(wb).type(title="Mine", why="Mine is better.")
    version = page.live.version
    elsewhere(wb, title="Theirs", description="Theirs too.")
    page.save()
    said = text(page.view["banners"])
    assert "The signal was changed since this form was filled." in said
    assert "Name of the signal: Theirs" in said
    assert "Description: Theirs too." in said
    assert page.live.version == version + 1
    assert f"signal%5B{version + 1}%5D" in page.view["location"]
    assert fields(page.view)["Name of the signal"] == "Mine"
    assert fields(page.view)["Description"] == "Theirs too."
    assert fields(page.view)["Why do you change it?"] == "Mine is better."
    view = page.save()
    assert view["heading"] == "Mine"
    assert page.live.document["description"] == "Theirs too."


def test_a_change_of_another_field_meanwhile_goes_together_with_mine(wb):
    page = Page(wb).type(title="Together", why="Both hold.")
    elsewhere(wb, description="By another person.")
    assert page.save()["heading"] == "Together"
    assert page.live.document["description"] == "By another person."


def test_a_reload_of_an_old_form_says_what_is_live_now(wb):
    page = Page(wb)
    elsewhere(wb, tags=["new"], binding={**page.live.document["binding"], "event": "DUE_NEW"})
    again = Wizard(wb, query=page.view["location"].removeprefix("?"))
    said = text(again.surface.view["banners"])
    assert "Event in the source: DUE_NEW" in said
    assert "Tags: new" in said
    assert fields(again.surface.view)["Event in the source"] == "DUE_NEW"


def test_a_save_whose_answer_was_lost_is_done_once(wb, monkeypatch):
    page = Page(wb, "process_signals[retried]", "payment.retried")
    version, put = page.live.version, wb.signals.put

    def lost(*given, **named):
        put(*given, **named)
        raise Unavailable("The server does not answer.")

    with monkeypatch.context() as patch:
        patch.setattr(wb.signals, "put", lost)
        view = page.save(title="Said once", why="Once.")
    assert "BOS cannot be reached" in text(view["banners"])
    assert fields(view)["Name of the signal"] == "Said once"
    assert "Live at once: Signal" in text(page.save()["banners"])
    act(page.wizard, "save_signal")
    assert page.live.version == version + 1
    again = Page(wb, page.use, page.id)
    again.save(title="Said twice", why="Twice.")
    assert page.live.version == version + 2


def test_what_bos_refuses_stays_in_the_form_with_the_reason(wb, monkeypatch):
    page = Page(wb)
    page.save(description="a bell: \x07", why="Because.")
    assert "a character that cannot be stored" in text(page.view["banners"])
    assert fields(page.view)["Description"] == "a bell: \x07"

    def refused(*_, **__):
        raise Forbidden("Vic may read, but not submit.", hint="Ask the administrator for a role that may.")

    monkeypatch.setattr(wb.signals, "put", refused)
    page.save(description="Fine.")
    assert "Vic may read, but not submit." in text(page.view["banners"])
    assert fields(page.view)["Description"] == "Fine."


def test_a_signal_that_was_retired_meanwhile_is_not_changed_and_bos_says_why(wb):
    document = {"id": "lone", "title": "Lone", "type": "process", "binding": {"event": "LONE"}}
    wb.signals.put("lone", document, rationale="Begin.")
    wizard = Wizard(wb, query=f"flow={FLOW}")
    use = {"id": "lone", "signal": "lone", "step": None, "affects": []}
    wizard.state.document["process_signals"].append(use)
    act(wizard, "open", "process_signals[lone].signal")
    wb.signals.delete("lone", rationale="Nobody uses it.", base_version=1)
    for part, value in (("title", "Alone"), ("why", "Because.")):
        wizard._receive({"type": "field", "field": f"new.signals[lone].{part}", "value": value, "rev": 1})
    view = act(wizard, "save_signal")
    assert "is retired and is read-only. Restore it first." in text(view["banners"])
    assert fields(view)["Name of the signal"] == "Alone"


def test_flows_that_use_the_signal_too_are_named(wb):
    wb.templates.create(FLOW, id="second", title="The second flow")
    view = Page(wb).view
    wb.templates.delete("second", rationale="It was there for this test.")
    assert "What you save here changes the signal for 1 other flow too:" in text(view["body"])
    assert "The second flow" in text(view["body"])
    assert "No other flow uses it at the moment." in Page(wb).view["lede"]


def test_who_may_only_look_has_no_button_and_no_form(wb):
    wizard = Wizard(wb, query=f"flow={FLOW}&stage=populate&item=process_signals[due]")
    assert "Change the signal" in buttons(wizard.surface.view)
    wizard.state.session = wb.session().model_copy(update={"roles": ("viewer",), "may": ("template.read",)})
    assert "Change the signal" not in buttons(act(wizard, "open", "process_signals[due]"))
    view = act(wizard, "open", "process_signals[due].signal")
    assert "Save the signal" not in buttons(view)
    assert view["heading"] == wb.signals.get("payment.due").document["title"]


@pytest.mark.parametrize(
    "item", ["process_signals[gone].signal", "outcomes[overall_return_rate].signal", "process_signals[due].signal[x]"]
)
def test_a_form_of_no_signal_is_not_there(wb, item):
    wizard = Wizard(wb, query=f"flow={FLOW}&stage=populate")
    assert "that entry is no longer there" in text(act(wizard, "open", item)["banners"])
    assert act(wizard, "save_signal")["heading"] == "Populate the flow"


def test_what_is_typed_for_one_signal_is_not_shown_for_another(wb):
    page = Page(wb).type(title="Meant for the first")
    query = f"flow={FLOW}&stage=populate&item=process_signals[initiated].signal[999]"
    page.wizard._receive({"type": "location", "query": query})
    view = page.wizard.surface.view
    assert fields(view)["Name of the signal"] == wb.signals.get("payment.initiated").document["title"]
