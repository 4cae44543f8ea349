"""Secrets in the form of a connection that are needed beside some settings alone."""

from __future__ import annotations

from tests.unit.widgets.test_connection_form import HUSH, act, begin, fields, page, put  # noqa: F401 - a fixture
from widgets.connections.messages import say


def test_a_secret_that_the_settings_make_needed_is_asked_for_as_they_are_typed(page, wb):  # noqa: F811
    begin(page, connector="splunk", title="Logs", address="https://localhost:8089")
    shown = fields(page.surface.view)
    assert [bool(shown[f"secrets.{name}"].get("optional")) for name in ("token", "password")] == [False, True]
    act(page, "save")
    assert page.state.form.errors == {"secrets.token": say("secret_missing", what="token")}
    put(page, settings__user="bos")
    act(page, "save")
    assert page.state.form.errors == {"secrets.password": say("secret_missing", what="password")}
    put(page, secrets__token=HUSH)
    act(page, "save")
    assert page.state.saved == "logs"
    act(page, "change", "logs")
    put(page, title="Logs of ours", why="Clearer.")
    act(page, "save")
    assert page.state.saved == "logs"
    wb.connections.delete("logs", rationale="Over.")
