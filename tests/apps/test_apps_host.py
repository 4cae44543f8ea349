"""The apps as people use them: sign in, open a page, use it; and what they see when something is wrong."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

import bos
from bos.home import Home
from bos.model.roles import ROLES
from bos.serve.apps.kernels import LEFT_SECONDS
from bos.serve.probe import probe_pages

NOTEBOOKS = Path(__file__).parent / "notebooks"


def test_the_printed_address_signs_in_and_leads_to_the_home_page(own, new_page):
    page = new_page(own, signed_in=False)
    page.goto(own.home_url)
    page.get_by_role("heading", name="Home of the tests").wait_for()
    assert page.url == own.page("home")
    (cookie,) = [found for found in page.context.cookies() if found["name"] == "bos_session"]
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")
    assert page.seen.errors == []
    assert page.seen.foreign == []


def test_a_page_runs_as_the_person_of_the_session_and_its_widgets_answer(own, new_page):
    page = new_page(own)
    page.goto(own.page("who", "flow=loan-payments"))
    page.locator("#who").wait_for()
    assert page.locator("#query").text_content() == "flow=loan-payments"
    page.get_by_role("button", name="Count").click()
    page.get_by_text("1", exact=True).wait_for()
    assert page.seen.errors == []
    assert page.seen.foreign == []


def test_a_cell_that_fails_shows_an_incident_number_and_no_traceback(own, new_page):
    page = new_page(own)
    page.goto(own.page("broken"))
    banner = page.locator("[data-bos-incident]")
    banner.wait_for()
    number = banner.get_attribute("data-bos-incident")
    assert "secret reason" not in page.content()
    assert "Traceback" not in page.content()
    assert "never shown" not in page.content()
    assert number in own.log.read_text()
    assert "secret reason" in own.log.read_text()


def test_a_page_that_fails_outside_its_cells_ends_in_words_and_not_in_loading(own, new_page):
    page = new_page(own)
    page.goto(own.page("unshowable"))
    banner = page.locator("[data-bos-incident]")
    banner.wait_for()
    assert page.get_by_text("Loading the page").count() == 0
    assert page.get_by_role("link", name="Go to the home page").get_attribute("href") == "/"
    number = banner.get_attribute("data-bos-incident")
    assert "missing.png" not in page.content()
    assert number in own.log.read_text()
    assert "missing attachment: missing.png" in own.log.read_text()


def test_a_page_whose_kernel_has_lost_its_widgets_says_so_and_leads_on(own, new_page):
    page = new_page(own)
    page.goto(own.page("widgetless"))
    page.get_by_text("This page could not be shown.").wait_for()
    assert "Error displaying widget" not in page.locator("body").inner_text()
    assert page.get_by_role("link", name="Go to the home page").get_attribute("href") == "/"
    with page.expect_navigation():
        page.get_by_role("link", name="Load the page again").click()
    assert page.url == own.page("widgetless")


SOON = "const wait = setTimeout; setTimeout = (work, ms, ...more) => wait(work, ms === 20000 ? 4000 : ms, ...more);"


def test_a_page_whose_kernel_says_nothing_to_its_widgets_says_that_it_takes_long(own, new_page):
    page = new_page(own)
    page.add_init_script(SOON)
    page.route_web_socket("**/channels**", lambda _: None)
    page.goto(own.page("who"))
    page.get_by_text("This takes longer than it should. Drafts are kept.").wait_for()
    assert page.get_by_role("link", name="Load the page again").count() == 1
    assert "Loading widget" not in page.locator("body").inner_text()


def test_without_a_session_the_page_says_what_to_do(own, new_page):
    page = new_page(own, signed_in=False)
    assert page.goto(own.page("who")).status == 401
    page.get_by_role("heading", name="You are not signed in").wait_for()
    assert Home(own.home).start_key() not in page.content()


def test_a_page_that_does_not_exist_is_a_page_in_words(own, new_page):
    page = new_page(own)
    assert page.goto(own.page("nothing")).status == 404
    page.get_by_role("heading", name="There is no such page").wait_for()


def test_switching_to_a_sample_person_shows_in_the_page_and_in_the_journal_as_demo(own, new_page):
    page = new_page(own)
    page.goto(own.page("switch"))
    page.locator("#who").wait_for()
    assert page.locator("#who").text_content() == "Farid Haddad (sample person)"
    with bos.connect(own.home, url=own.api_url, token=own.token) as wb:
        entry = next(iter(wb.audit_entries(tag="demo.acting")))
    assert (entry.origin, entry.after) == ("demo", "sample-finance-control")


def test_leaving_a_page_ends_its_kernel(own, new_page):
    page = new_page(own)
    page.goto(own.page("who"))
    page.locator("#who").wait_for()
    kernel = page.evaluate("JSON.parse(document.getElementById('jupyter-config-data').textContent).kernelId")
    address = f"{own.apps_url}/api/kernels/{kernel}"
    assert page.context.request.get(address).status == 200
    page.goto(own.page("nothing"))
    deadline = time.monotonic() + 20
    while page.context.request.get(address).status == 200 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert page.context.request.get(address).status == 403


@pytest.mark.full
def test_too_many_pages_of_a_person_are_refused_in_words_until_one_is_closed(start_apps, new_page):
    servers = start_apps(NOTEBOOKS, apps_kernels_each=1, apps_warm=0)
    first, second = new_page(servers), new_page(servers)
    first.goto(servers.page("home"))
    first.get_by_role("heading", name="Home of the tests").wait_for()
    assert second.goto(servers.page("home")).status == 503
    second.get_by_role("heading", name="You have too many pages open").wait_for()
    first.goto(servers.page("nothing"))
    deadline = time.monotonic() + 20
    while second.goto(servers.page("home")).status == 503 and time.monotonic() < deadline:
        time.sleep(0.1)
    second.get_by_role("heading", name="Home of the tests").wait_for()


@pytest.mark.full
def test_a_page_that_no_browser_shows_any_more_makes_room_for_the_next(start_apps):
    servers = start_apps(NOTEBOOKS, apps_kernels_each=1, apps_warm=0)
    with servers.client() as one:
        assert one.get(servers.page("home")).status_code == 200
        assert one.get(servers.page("who")).status_code == 503
        deadline = time.monotonic() + 2 * LEFT_SECONDS
        while (answer := one.get(servers.page("who"))).status_code == 503 and time.monotonic() < deadline:
            time.sleep(1)
    assert answer.status_code == 200


@pytest.mark.full
def test_too_many_pages_in_all_are_refused_in_words(start_apps):
    servers = start_apps(NOTEBOOKS, apps_kernels=1, apps_warm=0)
    with servers.client() as one:
        assert "Home of the tests" in one.get(servers.page("home")).text
        answer = one.get(servers.page("home"))
    assert answer.status_code == 503
    assert "Too many pages are open" in answer.text


@pytest.mark.full
def test_the_apps_alone_serve_the_pages_of_a_server_elsewhere(own):
    env = {**os.environ, "BOS_URL": own.api_url, "BOS_APPS_FOLDER": str(NOTEBOOKS), "BOS_APPS_WARM": "0"}
    command = [sys.executable, "-m", "bos.cli.main", "apps", "--home", own.home, "--apps-port", "0"]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        line = process.stdout.readline()
        assert line.startswith(f"The apps of {own.api_url} are at http://127.0.0.1:")
        with own.client() as one:
            answer = one.get(f"{line.split()[6]}/voila/render/home.ipynb")
        process.terminate()
        assert process.wait(30) == 0
    assert "Home of the tests" in answer.text


def test_the_apps_alone_say_when_there_is_no_server(tmp_path):
    command = [sys.executable, "-m", "bos.cli.main", "apps", "--home", tmp_path / "home", "--apps-port", "0"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "The apps need a server" in done.stderr
    assert "bos up" in done.stderr


def test_a_token_that_has_expired_is_renewed_unseen_and_follows_its_own_person(own, monkeypatch):
    with own.client() as one:
        ticket = one.post(f"{own.api_url}/api/v1/tickets").json()["ticket"]
        monkeypatch.setenv("BOS_TICKET", ticket)
        with bos.connect(own.home, url=own.api_url) as wb:
            me = wb.session()
            assert me.acting_as is None
            acting = one.post(f"{own.api_url}/api/v1/session/acting", json={"person": "sample-viewer"})
            assert acting.json()["display"] == "Viktor Hale (sample person)"
            assert wb.session().acting_as is None  # a page that is open goes on as whom it shows
            engine = create_engine(own.database_url)
            with engine.begin() as connection:
                connection.execute(text("UPDATE access_token SET expires_at = now() - interval '1 second'"))
            engine.dispose()
            assert wb.session() == me


def test_there_is_one_sample_person_for_each_role_and_each_says_what_they_are(own):
    with own.client() as one:
        told = one.get(f"{own.api_url}/api/v1/session").json()
    assert told["demo"] is True
    assert [person["role"] for person in told["sample_people"]] == list(ROLES)
    assert {person["label"] for person in told["sample_people"]} == {"Sample person"}


def test_everything_done_as_a_sample_person_is_theirs_and_of_demo_origin(own):
    with own.client() as one:
        one.post(f"{own.api_url}/api/v1/session/acting", json={"person": "sample-data-steward"})
        body = {"document": {"title": "Of a sample person"}, "rationale": "To see whose it is."}
        assert one.put(f"{own.api_url}/api/v1/calendars/sample", json=body).status_code == 201
        one.post(f"{own.api_url}/api/v1/session/acting", json={"person": "sample-auditor"})
        entries = one.get(f"{own.api_url}/api/v1/journal").json()["items"]
        one.post(f"{own.api_url}/api/v1/session/acting", json={"person": "sample-viewer"})
        refused = one.put(f"{own.api_url}/api/v1/calendars/other", json=body)
        back = one.post(f"{own.api_url}/api/v1/session/acting", json={"person": None}).json()
    theirs = next(entry for entry in entries if entry["tag"] == "document.created")
    assert (theirs["actor"], theirs["origin"]) == ("sample-data-steward", "demo")
    assert refused.status_code == 403
    assert back["acting_as"] is None


def test_the_check_opens_every_page_and_notices_one_that_fails(own):
    lines = []
    assert probe_pages(own.home_url, own.apps_url, ["home", "who"], lines.append)
    assert sum(line.startswith("ok   401") for line in lines) == 2
    assert sum(line.startswith("ok   200") for line in lines) == 2
    lines.clear()
    assert not probe_pages(own.home_url, own.apps_url, ["home", "broken", "nothing"], lines.append)
    assert sum(line.startswith("FAIL") for line in lines) == 2
    assert not probe_pages(own.home_url, own.apps_url, [], lines.append)
