"""Dashboards as views of Splunk: made once, changed where they are BOS's, and never laid over somebody's changes."""

import json

import pytest
from lxml import etree as ET  # noqa: N812 - as it is known

from bos.errors import Conflict, Invalid, Unavailable
from bos.outgoing.connectors import connector_of
from bos.ports import Board
from tests.doubles.splunk import TOKEN, Double, serving

Splunk = connector_of("splunk")
DEFINITION = {"title": "P & <b> $$", "visualizations": {"a": {"options": {"markdown": "]]> end"}}}}
OTHER = {**DEFINITION, "title": "New"}
KEY = ("payments", "bos_pay")
PAGE = "https://splunk.example:8000/app/payments/bos_pay"


@pytest.fixture
def splunk(reach):
    double = Double()
    with serving(double) as url:
        settings = {"app": "payments", "web": "https://splunk.example:8000/"}
        yield double, Splunk(reach(url, secrets={"token": TOKEN}, settings=settings))


def place(system, content=DEFINITION, known="", key="job-1", *, overwrite=False, name="pay", message="BOS run 1"):
    return system.place(Board(name, content, message), known=known, key=key, overwrite=overwrite)


def text(double):
    return double.views[KEY]["eai:data"]


def definition_of(double):
    return json.loads(ET.fromstring(text(double)).findtext("definition"))


def writes(double):
    return [one for one in double.asked if one.method == "POST" and "views" in one.path]


def test_a_view_is_made_shared_and_changed_where_it_is_as_bos_left_it(splunk):
    double, system = splunk
    made = place(system)
    assert made.link == PAGE
    assert double.views[KEY]["sharing"] == "app"
    root = ET.fromstring(text(double))
    assert (root.tag, root.get("version"), root.findtext("label")) == ("dashboard", "2", "P & <b> $")
    assert root.findtext("description") == "BOS run 1 [bos:job-1]"
    assert definition_of(double) == DEFINITION
    changed = place(system, OTHER, made.version, "job-2")
    assert definition_of(double) == OTHER
    assert changed.version != made.version
    assert [sorted(set(one.form) - {"output_mode"}) for one in writes(double)] == [
        ["eai:data", "name"], ["owner", "sharing"], ["eai:data"]
    ]  # fmt: skip
    assert {one.path.partition("/data")[0] for one in writes(double)} == {"/servicesNS/nobody/payments"}


def test_the_name_of_an_owner_is_quoted_once_in_the_path(splunk, reach):
    double, _ = splunk
    with serving(double) as url:
        settings = {"app": "payments", "owner": "Ann O@bank"}
        place(Splunk(reach(url, secrets={"token": TOKEN}, settings=settings)))
    assert {one.path.partition("/data")[0] for one in writes(double)} == {"/servicesNS/Ann O@bank/payments"}
    assert next(one.form["owner"] for one in writes(double) if "owner" in one.form) == "Ann O@bank"
    bad = Splunk(reach("http://localhost:1", secrets={"token": TOKEN}, settings=settings | {"owner": "a/../b"}))
    with pytest.raises(Invalid, match="no name of a user"):
        place(bad)


def test_the_same_work_done_again_changes_nothing_but_shares_what_was_not_shared_yet(splunk):
    double, system = splunk
    double.faults["acl"] = [{"status": 500}]
    with pytest.raises(Unavailable):
        place(system)
    before = text(double)
    assert double.views[KEY]["sharing"] == "user"
    done = place(system)
    assert double.views[KEY]["sharing"] == "app"
    assert text(double) == before
    assert place(system, known=done.version, key="job-2") == done, "what says the same is not written again"
    assert text(double) == before
    double.views[KEY]["eai:data"] = before.replace("<label>P", "<label>Mine")
    assert place(system) == done, "the version is the one BOS wrote, so the next work sees the change"
    with pytest.raises(Conflict):
        place(system, OTHER, done.version, "job-3")


@pytest.mark.parametrize("theirs", ["definition", "label", "description", "theme", "part", "all of it", "no text"])
def test_what_somebody_changed_at_splunk_is_told_and_laid_over_only_when_asked(splunk, theirs):
    double, system = splunk
    left = place(system)
    before = text(double)
    changed = {
        "definition": before.replace('"P & ', '"Mine '),
        "label": before.replace("<label>P", "<label>Mine"),
        "description": before.replace("BOS run 1", "Of my team"),
        "theme": before.replace('"light"', '"dark"'),
        "part": before.replace("</dashboard>", '<meta type="hiddenElements">{}</meta></dashboard>'),
        "all of it": "<dashboard><label>Mine</label></dashboard>",
        "no text": "not & even XML",
    }[theirs]
    assert changed != before
    double.views[KEY]["eai:data"] = changed
    for known in (left.version, ""):
        with pytest.raises(Conflict, match="left as it is") as told:
            place(system, OTHER, known, "job-2")
        assert told.value.code == "drift"
        assert text(double) == changed
    again = place(system, OTHER, left.version, "job-2", overwrite=True)
    assert definition_of(double) == OTHER
    assert place(system, DEFINITION, again.version, "job-3") == left


def test_how_a_view_is_spaced_and_whether_the_mark_was_kept_does_not_count(splunk):
    double, system = splunk
    left = place(system)
    root = ET.fromstring(text(double))
    root.find("definition").text = json.dumps(json.loads(root.findtext("definition")), indent=4)
    root.find("description").text = "BOS run 1"
    double.views[KEY]["eai:data"] = ET.tostring(root, encoding="unicode", pretty_print=True)
    assert place(system, OTHER, left.version, "job-2").version != left.version
    assert definition_of(double) == OTHER


def test_a_view_that_somebody_makes_at_the_same_moment_is_not_laid_over(splunk):
    double, system = splunk
    double.views[KEY] = {"eai:data": "<dashboard><label>Theirs</label></dashboard>"}
    double.faults["bos_pay"] = [{"status": 404}]
    with pytest.raises(Conflict, match="BOS did not put it there"):
        place(system)
    assert "Theirs" in text(double)


def test_a_view_that_could_not_be_shared_is_shared_by_the_next_work_once_it_may(splunk):
    double, system = splunk
    double.faults["acl"] = [{"status": 403}]
    with pytest.raises(Unavailable):
        place(system)
    with pytest.raises(Conflict, match="put there by BOS, but not by work that this home knows of"):
        place(system, OTHER, key="job-2")
    left = place(system, OTHER, key="job-2", overwrite=True)
    assert definition_of(double) == OTHER
    assert double.views[KEY]["sharing"] == "app"
    double.views[KEY]["sharing"] = "global"
    place(system, DEFINITION, left.version, "job-3")
    assert double.views[KEY]["sharing"] == "global", "how a view is shared stays as somebody set it"


def test_a_view_that_somebody_took_away_is_made_anew(splunk):
    double, system = splunk
    left = place(system)
    del double.views[KEY]
    assert place(system, known=left.version, key="job-2") == left
    assert definition_of(double) == DEFINITION


def test_a_name_has_letters_digits_and_underscores_alone_and_no_two_names_become_one(splunk):
    double, system = splunk
    names = ["a-b", "a.b", "a_b", "a/../b", "x" * 90, "x" * 91]
    for name in names:
        place(system, name=name)
    views = [name for _, name in double.views]
    assert len(set(views)) == len(names)
    assert views[0] == "bos_a_b"
    assert all(one.replace("_", "").isalnum() and len(one) <= 100 for one in views)


def test_a_connection_that_cannot_be_put_into_is_told_before_splunk_is_asked(reach):
    with pytest.raises(Invalid, match="names no app"):
        place(Splunk(reach("http://localhost:1", secrets={"token": TOKEN})))
    for wrong in ({"web": "javascript:alert(1)"}, {"web": "https://splunk.example:0"}, {"app": "../payments"}):
        settings = {"app": "payments", **wrong}
        with pytest.raises(Invalid) as told:
            place(Splunk(reach("http://localhost:1", secrets={"token": TOKEN}, settings=settings)))
        assert told.value.where == next(iter(wrong))
