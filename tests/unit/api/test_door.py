"""What every request passes: host, origin, token, request id; and what the server tells of itself."""

import http.client

import httpx
import pytest


def test_without_the_token_nothing_is_told(server):
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {server.token}"}):
        answer = httpx.get(f"{server.url}/api/v1/me", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
        assert answer.headers["www-authenticate"] == 'Bearer realm="bos"'


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/api/docs", "/api/openapi.json"])
def test_what_shows_no_content_asks_for_no_token(server, path):
    assert httpx.get(f"{server.url}{path}").status_code == 200


@pytest.mark.parametrize("path", ["/api/v1/tickets/exchange", "/api/v1/tickets/renew", "/healthz", "/metrics"])
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_an_open_address_is_open_to_its_own_method_only(server, path, method):
    answer = httpx.request(method, f"{server.url}{path}", json={"document": {}, "rationale": "x"})
    assert answer.status_code == 401


def test_the_documentation_asks_no_other_host(server):
    page = httpx.get(f"{server.url}/api/docs").text
    assert "://" not in page.replace("http://www.w3.org", "")
    assert httpx.get(f"{server.url}/api/docs/static/swagger-ui-bundle.js").status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "", "169.254.1.1", "127.0.0.1@evil.example"]
)
def test_another_host_name_is_refused(server, host):
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.putrequest("GET", "/healthz", skip_host=True)
    connection.putheader("Host", host)
    connection.endheaders()
    assert connection.getresponse().status == 400
    connection.close()


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}],
)
def test_a_page_of_another_site_cannot_write(server, headers):
    with server.client(**headers) as client:
        answer = client.post("/api/v1/jobs/x/cancel")
        assert (answer.status_code, answer.json()["code"]) == (403, "origin")
        assert "access-control-allow-origin" not in client.get("/api/v1/me").headers


def test_a_request_id_is_echoed_where_it_is_sane(server):
    with server.client() as client:
        assert client.get("/healthz", headers={"X-Request-Id": "abc-1"}).headers["x-request-id"] == "abc-1"
        other = client.get("/healthz", headers={"X-Request-Id": "a b\tc"}).headers["x-request-id"]
        assert other not in {"", "a b\tc"}


def test_the_caller_is_the_user_bos_runs_as(api):
    me = api.get("/api/v1/me").json()
    assert me["person"]
    assert "process_owner" in me["roles"]


def test_metrics_count_requests_by_route_and_not_by_address(server, api):
    api.get("/api/v1/templates/some-name-that-is-not-there")
    text = httpx.get(f"{server.url}/metrics").text
    assert 'route="/api/v1/{collection}/{id}",status="404"' in text
    assert "some-name" not in text
    assert "bos_database_up 1.0" in text
