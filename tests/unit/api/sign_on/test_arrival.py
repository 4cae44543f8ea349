"""Who somebody is that a provider vouches for: once and for all by its subject, with the groups it names."""

from __future__ import annotations

import getpass
from contextlib import closing
from datetime import timedelta

import pytest

WHY = {"rationale": "For the test."}
PAST = timedelta(seconds=1)


def test_who_comes_the_first_time_is_let_in_and_holds_nothing(provider, url, engine, told):
    provider.account("nina", email="nina@bank.example", email_verified=True)
    client, answer = provider.sign_in("nina", path="/sign-in?next=%2Fvoila%2Frender%2Fhome.ipynb%3Fflow%3Dx")
    with closing(client):
        client.base_url = url
        assert answer.headers["location"] == "http://127.0.0.1:8766/voila/render/home.ipynb?flow=x"
        nina = told.who(client)
        assert (nina["person"], nina["display"], nina["roles"], nina["demo"]) == ("nina", "Nina Example", [], False)
        assert nina["may"] == ["self.read", "self.act"]
        assert client.get("/api/v1/templates").status_code == 403
    assert told.tags(engine, "nina") == ["person.added", "person.sign-on", "session.begun"]


def test_the_subject_says_who_it_is_and_not_the_name(provider, browser, engine, told):
    first = told.who(browser("dora"))
    provider.account("dora", name="dora-married")
    again = told.who(browser("dora", known=True))
    assert (first["person"], again["person"]) == ("dora", "dora")
    assert told.tags(engine, "dora").count("person.added") == 1


@pytest.mark.parametrize("name", ["emil", "EMIL", getpass.getuser()])
def test_a_name_that_is_somebody_elses_lets_nobody_in(provider, browser, engine, name, told):
    browser("emil")
    before = len(told.sessions(engine, name))
    provider.account(f"thief of {name}", name=name)
    told.refusal(provider, f"thief of {name}", 403, f"Somebody else is {name} here.")
    assert len(told.sessions(engine, name)) == before


@pytest.mark.usefixtures("url")
@pytest.mark.parametrize("name", ["../root", "a b", "x" * 300, "<b>x</b>", "system", "a\u202eb"])
def test_a_name_that_cannot_be_one_lets_nobody_in(provider, name, told):
    provider.account("odd", name=name)
    told.refusal(provider, "odd", 401, "cannot be the id of a person")


def test_hostile_words_about_somebody_are_text_or_left_out(browser, admin, told):
    hostile = "<script>alert(1)</script>"
    client = browser("hedy", email=f"{hostile}\n@x", email_verified=True, groups={"not": "a list"})
    assert told.who(client)["display"] == "Hedy Example"
    assert "\n" not in admin.get("/api/v1/people/hedy").json()["email"]


def test_who_an_administrator_has_added_comes_with_the_roles_they_were_given(browser, admin, told):
    assert admin.post("/api/v1/people", json={"person": "fay", "display": "Fay", **WHY}).status_code == 201
    assert admin.post("/api/v1/bindings", json={"person": "fay", "role": "sre", **WHY}).status_code == 201
    fay = told.who(browser("fay"))
    assert (fay["display"], fay["roles"]) == ("Fay", ["sre"])


def test_who_is_disabled_is_out_at_once_and_stays_out(provider, browser, admin, told):
    client = browser("gwen")
    assert admin.post("/api/v1/people/gwen/disable", json=WHY).status_code == 200
    assert told.who(client) is None
    told.refusal(provider, "gwen", 403, "You are let in no more.")


def test_the_first_administrator_is_made_once(browser, admin, told):
    client = browser("ada")
    assert told.who(client)["roles"] == ["admin"]
    held = admin.get("/api/v1/bindings", params={"person": "ada"}).json()["items"]
    assert [(one["role"], one["given_by"]) for one in held] == [("admin", "system")]
    assert admin.post(f"/api/v1/bindings/{held[0]['binding']}/end", json=WHY).status_code == 200
    assert told.who(browser("ada", known=True))["roles"] == []


def test_the_groups_of_the_provider_give_roles_and_take_them(provider, browser, admin, engine, told):
    group = {"title": "Risk", "follows": "/bank/risk", **WHY}
    assert admin.put("/api/v1/groups/risk", json=group).status_code == 200
    both = admin.put("/api/v1/groups/risk", json={**group, "members": ["fay"]})
    assert (both.status_code, both.json()["code"]) == (400, "usage")
    assert admin.post("/api/v1/bindings", json={"group": "risk", "role": "compliance", **WHY}).status_code == 201
    client = browser("hana", groups=["/bank/risk", "/bank/others"])
    assert told.who(client)["roles"] == ["compliance"]
    assert admin.get("/api/v1/people/hana").json()["groups"] == ["risk"]
    again = admin.put("/api/v1/groups/risk", json={**group, "title": "Risk office"}).json()
    assert (again["members"], again["follows"]) == (["hana"], "/bank/risk")
    provider.account("hana", groups=["/bank/others"])
    told.make_due(engine, "hana")
    assert told.who(client)["roles"] == []
    assert told.tags(engine, "hana").count("group.written") == 2


def test_a_provider_that_says_nothing_of_groups_takes_none(provider, browser, admin, engine, told):
    admin.put("/api/v1/groups/audit", json={"title": "Audit", "follows": "audit", **WHY})
    client = browser("iris", groups=["audit"])
    provider.account("iris")
    told.make_due(engine, "iris")
    assert told.who(client)["person"] == "iris"
    assert admin.get("/api/v1/people/iris").json()["groups"] == ["audit"]


def test_an_account_that_was_made_anew_is_the_person_again_once_an_administrator_says_so(
    provider, browser, admin, told
):
    client = browser("uma")
    provider.account("uma-2", name="uma")
    told.refusal(provider, "uma-2", 403, "Somebody else is uma here.")
    assert admin.post("/api/v1/people/uma/sign-on/forget", json=WHY).status_code == 200
    assert told.who(client) is None
    again = admin.post("/api/v1/people/uma/sign-on/forget", json=WHY)
    assert (again.status_code, again.json()["code"]) == (409, "no-sign-on")
    assert told.who(browser("uma-2", known=True))["person"] == "uma"
