"""Documents, versions, conditions and problems over a real socket."""

import re

import pytest
import yaml


def problem(answer, status, code):
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    body = answer.json()
    assert (body["status"], body["code"]) == (status, code)
    assert body["detail"]
    assert "Traceback" not in answer.text
    return body


def test_a_document_is_made_read_and_changed_by_its_tag(api, calendar):
    made = calendar("bank-a")
    assert made == '"v1"'
    shown = api.get("/api/v1/calendars/bank-a")
    assert re.fullmatch(r'"v1\.[0-9a-f]{8}"', shown.headers["etag"])
    assert api.get("/api/v1/calendars/bank-a", headers={"If-None-Match": shown.headers["etag"]}).status_code == 304
    change = {"document": {"title": "Bank days"}, "rationale": "A better name."}
    done = api.put("/api/v1/calendars/bank-a", json=change, headers={"If-Match": shown.headers["etag"]})
    assert (done.status_code, done.headers["etag"], done.json()["live"]) == (200, '"v2"', ["title"])
    assert api.get("/api/v1/calendars/bank-a", params={"version": 1}).json()["document"]["title"] == "bank-a"
    history = api.get("/api/v1/calendars/bank-a/history").json()["items"]
    assert [row["version"] for row in history] == [2, 1]
    assert history[0]["text"] == ["Calendar: bank-a → Bank days"]


def test_a_change_of_the_same_field_on_an_older_version_is_refused_with_both_values(api, calendar):
    calendar("bank-b")
    for title, tag, status in (("One", '"v1"', 200), ("Two", '"v1"', 412)):
        body = {"document": {"title": title}, "rationale": "Why."}
        answer = api.put("/api/v1/calendars/bank-b", json=body, headers={"If-Match": tag})
        assert answer.status_code == status
    told = problem(answer, 412, "stale")
    assert told["details"]["conflicts"] == [{"path": "title", "base": "bank-b", "yours": "Two", "live": "One"}]


def test_a_version_that_is_not_there_is_stale_however_large(api, calendar):
    calendar("bank-v")
    path, why = "/api/v1/calendars/bank-v", {"rationale": "Why."}
    body = {"document": {"title": "Other"}, **why}
    for version in ("9", "999999999", "1000000000", "9" * 21, "9" * 5000, "1" * 20 + ".1f2e3d4c"):
        headers = {"If-Match": f'"v{version}"'}
        problem(api.put(path, json=body, headers=headers), 412, "stale")
        problem(api.delete(path, params=why, headers=headers), 412, "stale")
        problem(api.post(f"{path}/rollback", json={"version": 1, **why}, headers=headers), 412, "stale")
    assert api.get(path).json()["version"] == 1
    several = {"If-Match": f'"v{"9" * 21}", "v1"'}
    assert api.put(path, json=body, headers=several).status_code == 200
    assert api.get(path).json()["version"] == 2


def test_a_document_is_not_made_twice(api, calendar):
    calendar("bank-c")
    body = {"document": {"title": "Again"}, "rationale": "Why."}
    problem(api.put("/api/v1/calendars/bank-c", json=body), 409, "exists")
    problem(api.put("/api/v1/calendars/bank-c", json=body, headers={"If-None-Match": "*"}), 409, "exists")


def test_a_write_with_a_key_is_done_once_and_answered_alike(api):
    body = {"document": {"title": "Keyed"}, "rationale": "Why."}
    key = {"Idempotency-Key": "key-1"}
    first, again = (api.put("/api/v1/calendars/bank-d", json=body, headers=key) for _ in range(2))
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    other = {"document": {"title": "Other"}, "rationale": "Why."}
    problem(api.put("/api/v1/calendars/bank-d", json=other, headers=key), 409, "idempotency-key")
    problem(
        api.put("/api/v1/calendars/bank-e", json=body, headers={"Idempotency-Key": "two words"}), 400, "idempotency-key"
    )


def test_all_problems_of_a_document_are_told_at_once_and_nothing_is_stored(api, ownership):
    document = {
        "title": "Bad",
        "flow": {"steps": [{"id": "a", "title": "A"}], "edges": [{"id": "e", "source": "a", "target": "b"}]},
        "outcomes": [{"id": "k", "title": "K", "measure": {"formula": "count(nothing)", "unit": "n"}}],
        "ownership": ownership,
    }
    told = problem(api.put("/api/v1/templates/bad", json={"document": document, "rationale": "Why."}), 422, "invalid")
    paths = {entry["path"] for entry in told["problems"]}
    assert {"flow.edges[e].target", "outcomes[k].measure"} <= paths
    assert all(entry["message"] and entry["hint"] for entry in told["problems"])
    problem(api.get("/api/v1/templates/bad"), 404, "not-found")
    checked = api.post("/api/v1/templates/validate", json={"document": {"id": "bad", **document}}).json()
    assert checked["valid"] is False
    assert {entry["path"] for entry in checked["problems"]} >= paths


@pytest.mark.parametrize(
    ("method", "path", "options", "status", "code"),
    [
        ("GET", "/api/v1/nothing", {}, 404, "not-found"),
        ("GET", "/api/v1/templates/absent", {}, 404, "not-found"),
        ("GET", "/nowhere", {}, 404, "not-found"),
        ("POST", "/api/v1/me", {}, 405, "method"),
        ("GET", "/api/v1/templates?limmit=3", {}, 422, "request"),
        ("GET", "/api/v1/templates?limit=0", {}, 422, "request"),
        ("GET", "/api/v1/templates?cursor=zzz", {}, 400, "usage"),
        ("GET", "/api/v1/signals/a%00b", {}, 404, "not-found"),
        ("GET", "/api/v1/journal?tag=no.tag", {}, 400, "usage"),
        ("PUT", "/api/v1/calendars/x", {"content": b"{not json"}, 422, "request"),
        ("PUT", "/api/v1/calendars/x", {"json": {"document": {}, "rationale": "r", "extra": 1}}, 422, "request"),
        (
            "PUT",
            "/api/v1/calendars/x",
            {"json": {"document": {"title": "t"}, "rationale": " "}},
            422,
            "invalid",
        ),
        (
            "PUT",
            "/api/v1/calendars/x",
            {"json": {"document": {"title": "t"}}, "headers": {"If-Match": "v1"}},
            400,
            "etag",
        ),
        ("PUT", "/api/v1/calendars/x", {"content": b" " * (1024 * 1024 + 1)}, 413, "too-large"),
        ("DELETE", "/api/v1/changes/absent", {}, 404, "not-found"),
        ("GET", "/api/v1/jobs/absent", {}, 404, "not-found"),
        ("GET", "/api/v1/runs/absent", {}, 404, "not-found"),
        ("GET", "/api/v1/flows/absent/kpis", {}, 404, "not-found"),
        ("POST", "/api/v1/flows/absent/runs", {"json": {}}, 404, "not-found"),
        ("GET", "/api/v1/blueprints/absent", {}, 404, "not-found"),
    ],
)
def test_what_cannot_be_answered_is_a_problem_document(api, method, path, options, status, code):
    told = problem(api.request(method, path, **options), status, code)
    assert told["type"].startswith("urn:bos:problem:")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"snapshot": -1}, 422),
        ({"snapshot": 10**30}, 422),
        ({"start": "9999-12-31T23:59:59-12:00"}, 400),
        ({"end": "0001-01-01T00:00:00Z"}, 400),
        ({"as_of": "2999-01-01T00:00:00Z"}, 400),
        ({"kpis": []}, 400),
    ],
)
def test_an_evaluation_at_the_edge_of_numbers_and_calendars_is_refused_in_words(api, ownership, body, status):
    document = {"title": "Edge", "ownership": ownership}
    api.put("/api/v1/templates/edge", json={"document": document, "rationale": "First."})
    answer = api.post("/api/v1/flows/edge/runs", json=body)
    assert answer.status_code == status, answer.text
    assert answer.json()["detail"]


def test_a_draft_is_kept_by_revision(api, calendar):
    calendar("bank-f")
    path = "/api/v1/calendars/bank-f/draft"
    assert api.get(path).json()["revision"] == 0
    document = api.get(path).json()["document"]
    saved = api.put(path, json={"document": {**document, "title": "Mine"}, "revision": 0}).json()
    assert (saved["revision"], saved["document"]["title"]) == (1, "Mine")
    stale = api.put(path, json={"document": {**document, "title": "Theirs"}, "revision": 0})
    told = problem(stale, 412, "stale")
    assert told["details"]["conflicts"] == [{"path": "title", "saved": "Mine", "yours": "Theirs"}]
    assert api.delete(path, params={"revision": 1}).status_code == 204


def test_retiring_and_restoring_and_rolling_back(api, calendar):
    calendar("bank-g")
    body = {"document": {"title": "Second"}, "rationale": "Why."}
    api.put("/api/v1/calendars/bank-g", json=body, headers={"If-Match": '"v1"'})
    back = api.post("/api/v1/calendars/bank-g/rollback", json={"version": 1, "rationale": "Back."})
    assert back.json()["version"] == 3
    gone = api.delete("/api/v1/calendars/bank-g", params={"rationale": "Over."})
    assert gone.json()["version"] == 4
    problem(api.put("/api/v1/calendars/bank-g", json=body, headers={"If-Match": '"v4"'}), 409, "retired")
    assert api.post("/api/v1/calendars/bank-g/restore", json={"rationale": "Not over."}).json()["version"] == 5
    assert api.get("/api/v1/calendars/bank-g").json()["document"]["title"] == "bank-g"


def test_lists_come_in_pages_and_searches_find(api, calendar):
    for name in ("page-a", "page-b", "page-c"):
        calendar(name, tags=["paged"])
    first = api.get("/api/v1/calendars", params={"tag": "paged", "limit": 2}).json()
    rest = api.get("/api/v1/calendars", params={"tag": "paged", "limit": 2, "cursor": first["next"]}).json()
    assert [row["id"] for row in (*first["items"], *rest["items"])] == ["page-a", "page-b", "page-c"]
    assert rest["next"] is None
    found = api.get("/api/v1/search", params={"q": "page-b", "collection": "calendars"}).json()["items"]
    assert found[0]["id"] == "page-b"


def test_the_journal_is_read_checked_and_exported(api, calendar):
    calendar("bank-h")
    entries = api.get("/api/v1/journal", params={"collection": "calendars", "id": "bank-h"}).json()["items"]
    assert "document.created" in {entry["tag"] for entry in entries}
    assert api.get("/api/v1/journal/verification").json()["ok"] is True
    lines = api.get("/api/v1/journal/export").text.splitlines()
    assert len(lines) - 1 == api.get("/api/v1/journal/verification").json()["entries"]


def test_a_template_is_downloaded_as_openslo_under_its_name(api, ownership):
    template = {
        "title": "Slo",
        "ownership": ownership,
        "flow": {"correlation_key": ["case"], "steps": [{"id": "s", "title": "S"}]},
    }
    made = api.put("/api/v1/templates/slo", json={"document": template, "rationale": "Why."})
    assert made.is_success, made.text
    path = "/api/v1/flows/slo/export/openslo"
    answer = api.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/yaml")
    assert answer.headers["content-disposition"] == 'attachment; filename="slo-v1.openslo.yaml"'
    told = api.get(f"{path}/notes").json()
    assert "Steps and ways between them" in [one["what"] for one in told["not_carried"]]
    assert answer.headers["bos-not-carried"] == str(len(told["not_carried"]))
    (service,) = yaml.safe_load_all(answer.text)
    assert (service["kind"], service["metadata"]["displayName"]) == ("Service", "Slo")
    problem(api.get("/api/v1/flows/none/export/openslo"), 404, "not-found")
    problem(api.get("/api/v1/flows/slo/export/pdf"), 422, "request")
