"""Files in a folder: taken once, when they are whole, from where the operator allows it, and never changed."""

import gzip
import hashlib
import json
import os
import time
from contextlib import closing

import duckdb
import pytest
from typer.testing import CliRunner

import bos
from bos.actions import fitting
from bos.cli.main import app
from bos.errors import Forbidden, Invalid, Unavailable, UsageError
from bos.outgoing.connectors import connector_of
from bos.outgoing.folders import Folders
from widgets.connections import ConnectionsPage

WHY = {"rationale": "Files of the lockbox."}
Files = connector_of("files")
SECTIONS = ("identity", "flow", "process_signals", "system_signals", "outcomes", "ownership")
HEAD = "loan,event,at,value\n"


@pytest.fixture
def reached(reach, tmp_path):
    """Return a function that makes the connector of a folder that is allowed."""

    def make(folder=tmp_path, *, allowed=tmp_path, **settings):
        target = reach(f"file://{folder}", settings=settings)
        target.folders = Folders.of(str(allowed))
        return closing(Files(target))

    return make


def put(folder, name, content, *, age=3600):
    """Put a file there as it looks some time later: for a connector that does not ask when it was changed."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    os.utime(path, (time.time() - age,) * 2)
    return path


def names(system):
    return [one.name for one in system.arrivals()]


def test_a_file_is_taken_once_it_is_whole(reached, tmp_path):
    old = put(tmp_path, "a.csv", HEAD)
    with reached(settle_seconds="0") as system:
        (arrived,) = system.arrivals()
        assert (arrived.name, arrived.size) == ("a.csv", len(HEAD))
        assert arrived.sha256 == hashlib.sha256(HEAD.encode()).hexdigest()
    # An old date does not make a file whole that has only just been put there.
    with reached() as system:
        assert names(system) == []
    with reached(complete="done") as system:
        assert names(system) == []
        (tmp_path / "a.csv.done").write_text("whatever")
        assert names(system) == ["a.csv"]
    assert old.read_text() == HEAD


def test_only_plain_files_of_the_pattern_are_looked_at(reached, tmp_path):
    folder, outside = tmp_path / "in", tmp_path / "secret.csv"
    (folder / "below").mkdir(parents=True)
    outside.write_text("secret")
    for name in ("pay-1.csv", "other.csv", ".hidden.csv", "pay-2.csv.part", "below/pay-3.csv"):
        put(folder, name, "x")
    (folder / "pay-4.csv").symlink_to(outside)
    os.mkfifo(folder / "pay-5.csv")
    with reached(folder, settle_seconds="0", pattern="pay-*") as system:
        assert names(system) == ["pay-1.csv"]
        (arrived,) = system.arrivals()
        (folder / "pay-1.csv").unlink()
        (folder / "pay-1.csv").symlink_to(outside)
        with pytest.raises(Unavailable, match="cannot be read"):
            system.fetch(arrived, tmp_path / "copy")


def test_a_file_that_is_written_to_meanwhile_waits_or_is_an_error(reached, tmp_path, monkeypatch):
    path = put(tmp_path, "a.csv", HEAD)
    with reached(settle_seconds="0") as system:
        (arrived,) = system.arrivals()
        (tmp_path / "below").mkdir()
        put(tmp_path, "a.csv", HEAD + "c1,opened,2026-01-02T10:00:00,1\n")
        with pytest.raises(Unavailable, match="was changed while it was read"):
            system.fetch(arrived, tmp_path / "below" / "copy")
        whole = hashlib.file_digest

        def writing(source, kind):
            with path.open("ab") as out:
                out.write(b"more")
            return whole(source, kind)

        monkeypatch.setattr(hashlib, "file_digest", writing)
        assert names(system) == []


def test_a_file_that_cannot_be_read_is_told_and_one_that_went_away_is_not(reached, tmp_path, monkeypatch):
    for name in ("a.csv", "b.csv", "c.csv"):
        put(tmp_path, name, name)
    whole, seen = hashlib.file_digest, []

    def failing(source, kind):
        seen.append(None)
        if len(seen) == 1:
            raise PermissionError(13, "Permission denied")
        if len(seen) == 2:
            (tmp_path / "b.csv").unlink()
            raise FileNotFoundError(2, "No such file or directory")
        return whole(source, kind)

    monkeypatch.setattr(hashlib, "file_digest", failing)
    with reached(settle_seconds="0") as system:
        found = list(system.arrivals())
    assert [(one.name, one.problem) for one in found] == [
        ("a.csv", "a.csv cannot be read: Permission denied. Check who may read it."), ("c.csv", ""),
    ]  # fmt: skip


def test_a_folder_is_read_only_where_the_operator_allows_it(reached, tmp_path):
    allowed, outside = tmp_path / "in", tmp_path / "out"
    allowed.mkdir()
    outside.mkdir()
    (allowed / "link").symlink_to(outside)
    for folder in (outside, allowed / "link", allowed / ".." / "out"):
        with reached(folder, allowed=allowed) as system:
            with pytest.raises(Forbidden, match="may not read this folder"):
                names(system)
            (finding,) = system.doctor()
            assert not finding.ok
            assert "BOS_INCOMING_FOLDERS" in finding.hint
    with reached(allowed / "gone", allowed=allowed) as system, pytest.raises(Unavailable, match="not there"):
        names(system)
    with reached(allowed, allowed=allowed) as system:
        (finding,) = system.doctor()
    assert finding.ok
    for address in ("file://other/in", "https://x/in"):
        with pytest.raises(Invalid):
            Folders.of(str(allowed)).real(address)
    with pytest.raises(UsageError):
        Folders.of("relative, /")
    with pytest.raises(Forbidden):
        Folders.of(None).real(f"file://{allowed}")


@pytest.mark.parametrize("settings", [{"complete": "soon"}, {"settle_seconds": "-1"}, {"settle_seconds": "x"}])
def test_a_setting_that_is_wrong_is_told(reached, tmp_path, settings):
    put(tmp_path, "a.csv", HEAD)
    with reached(**settings) as system:
        with pytest.raises(Invalid):
            names(system)
        (finding,) = system.doctor()
    assert not finding.ok


@pytest.fixture(scope="module")
def bank(tmp_path_factory, make_store):
    """Return a workbench on a home of its own, the folder that may be read, and the home."""
    folder = tmp_path_factory.mktemp("drop")
    home = tmp_path_factory.mktemp("files") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BOS_DATABASE_URL", make_store())
        patch.setenv("BOS_INCOMING_FOLDERS", str(folder))
        with bos.connect(home) as wb:
            yield wb, folder, home


def flow(wb, name):
    template = {
        "id": name,
        "title": name,
        "time_zone": "UTC",
        "currency": "USD",
        "binding": {"mapping": {"case": "loan", "step": "event", "time": "at", "amount": "value"}},
        "flow": {"correlation_key": ["loan"], "steps": [{"id": "all", "title": "All"}]},
        "ownership": [{"id": s.replace("_", "-"), "covers": s, "accountable": "process_owner"} for s in SECTIONS],
    }
    wb.templates.put(name, template, **WHY)


def connect(wb, folder, name, **settings):
    folder.mkdir(exist_ok=True)
    settings = {"settle_seconds": "0"} | settings
    document = {"id": name, "title": "Drop", "connector": "files", "address": f"file://{folder}", "settings": settings}
    wb.connections.put(name, document, **WHY)


def rows(home, kind="events"):
    """Return how many rows the lake has, counted by DuckDB in its files."""
    files = [str(path) for path in home.rglob("*.parquet") if kind in str(path)]
    return duckdb.sql(f"SELECT count(*) FROM read_parquet({files})").fetchall()[0][0] if files else 0  # noqa: S608 - a test


def states(done):
    return {one.name: (one.state, one.added) for one in done.files}


def test_every_format_goes_into_the_flow_once_and_a_bad_file_stops_no_other(bank):
    wb, root, home = bank
    folder = root / "events"
    flow(wb, "lockbox")
    connect(wb, folder, "drop")
    lines = [{"loan": "c2", "event": "opened", "at": "2026-01-02T10:00:00Z", "value": 12.30, "by": {"who": "x"}}]
    put(folder, "a.csv", HEAD + "c1,opened,2026-01-02T10:00:00,1.5\nc1,posted,2026-01-03T10:00:00,1.5\n")
    put(folder, "b.jsonl", "\n".join(json.dumps(one) for one in lines) + "\n\n")
    put(folder, "c.csv.gz", gzip.compress((HEAD + "c3,opened,2026-01-02T10:00:00,1.5\n").encode()))
    duckdb.sql(
        "SELECT 'c4' AS loan, 'opened' AS event, TIMESTAMP '2026-01-02 10:00' AS at, 2.5 AS value"
    ).write_parquet(str(folder / "d.parquet"))
    put(folder, "e.csv", "nothing,of,this\n1,2,3\n")
    put(folder, "f.jsonl", '{"loan": "c9"}\n[1]\n')
    first = wb.flow("lockbox").take_files("drop")
    assert states(first) == {
        "a.csv": ("taken", 2), "b.jsonl": ("taken", 1), "c.csv.gz": ("taken", 1), "d.parquet": ("taken", 1),
        "e.csv": ("refused", 0), "f.jsonl": ("refused", 0),
    }  # fmt: skip
    assert "f.jsonl, row 2" in first.files[5].problem
    assert rows(home) == 5
    put(folder, "a-again.csv", (folder / "a.csv").read_bytes())
    second = wb.flow("lockbox").take_files("drop")
    assert {state for state, _ in states(second).values()} == {"known", "refused"}
    assert rows(home) == 5
    assert len(list(folder.iterdir())) == 7
    journal = [one for one in wb.audit_entries(tag="telemetry.imported") if one.id == "lockbox"]
    assert len(journal) == 4
    assert {one.after["sha256"] for one in journal} == {
        hashlib.sha256((folder / name).read_bytes()).hexdigest()
        for name in ("a.csv", "b.jsonl", "c.csv.gz", "d.parquet")
    }
    shown = CliRunner().invoke(app, ["connector", "take", "lockbox", "--over", "drop", "--home", str(home)])
    assert shown.exit_code == 1
    assert "refused" in shown.output
    told = CliRunner().invoke(app, ["connector", "health", "--home", str(home)])
    assert told.exit_code == 0, told.output
    assert "drop, lockbox: e.csv is not taken: " in " ".join(told.output.split())
    listed = CliRunner().invoke(app, ["connector", "files", "lockbox", "--over", "drop", "--home", str(home), "--json"])
    assert {one["name"]: one["unread_columns"] for one in json.loads(listed.output)}["b.jsonl"] == ["by.who"]
    again = ["connector", "read-again", "lockbox", "a.csv", "--over", "drop", "--why", "Why.", "--home", str(home)]
    done = CliRunner().invoke(app, again)
    assert "2 rows withdrawn; 2 read, 2 added, 0 there by another, 0 rejected." in done.output
    listed = CliRunner().invoke(app, ["connector", "files", "lockbox", "--home", str(home)])
    assert "2 rows read, 2 new" in " ".join(listed.output.split())
    put(folder, "g.csv", HEAD + "c8,opened,2026-01-02T10:00:00,1.5\nc9,opened,soon,1.5\n")
    shown = CliRunner().invoke(app, ["connector", "take", "lockbox", "--over", "drop", "--home", str(home)])
    batch = next(one.batch for one in wb.flow("lockbox").files() if one.name == "g.csv")
    words = f"g.csv, rejected rows are kept apart as those of the import {batch}: the time is no ISO 8601 time (1)."
    assert words in " ".join(shown.output.split())
    printed = CliRunner().invoke(app, ["telemetry", "rejects", "lockbox", batch, "--home", str(home)])
    assert printed.stdout_bytes.decode().splitlines()[1].startswith("g.csv,2,the time is no ISO 8601 time,")
    assert wb.flow("lockbox").status().events == 6


def test_a_file_of_points_is_taken_by_the_mapping_of_the_connection(bank):
    wb, root, home = bank
    flow(wb, "points")
    connect(wb, root / "points", "points-drop", what="metrics", map="time=at,value=ms,signal=name,label.host=h")
    put(root / "points", "m.csv", "at,ms,name,h\n2026-01-02T10:00:00Z,12.5,latency,a\n")
    done = wb.flow("points").take_files("points-drop")
    assert states(done) == {"m.csv": ("taken", 1)}
    assert rows(home, "metrics") == 1


def test_a_file_that_is_the_same_twice_or_adds_nothing_is_taken_once(bank):
    wb, root, _ = bank
    flow(wb, "twins")
    connect(wb, root / "twins", "twins-drop")
    content = HEAD + "t1,opened,2026-01-02T10:00:00,1.5\n"
    put(root / "twins", "a.csv", content)
    put(root / "twins", "b.csv", content)
    assert states(wb.flow("twins").take_files("twins-drop")) == {"a.csv": ("taken", 1), "b.csv": ("known", 0)}
    put(root / "twins", "c.csv", content.rstrip("\n"))
    done = states(wb.flow("twins").take_files("twins-drop"))
    assert done == {"a.csv": ("known", 0), "b.csv": ("known", 0), "c.csv": ("taken", 0)}
    assert states(wb.flow("twins").take_files("twins-drop"))["c.csv"] == ("known", 0)


def test_what_takes_no_files_is_refused(bank, monkeypatch):
    wb, root, _ = bank
    monkeypatch.setattr(fitting, "refuse_worse", lambda *_: None)  # as saved before its connector changed
    flow(wb, "none")
    connect(wb, root / "none", "cube", what="cubes")
    with pytest.raises(Invalid, match="events or metrics"):
        wb.flow("none").take_files("cube")
    document = {"id": "prom", "title": "P", "connector": "prometheus", "address": "http://localhost:1"}
    wb.connections.put("prom", document, **WHY)
    with pytest.raises(Invalid, match="No files arrive"):
        wb.flow("none").take_files("prom")
    document = {"id": "far", "title": "F", "connector": "files", "address": "file:///etc"}
    wb.connections.put("far", document, **WHY)
    with pytest.raises(Forbidden, match="may not read this folder"):
        wb.flow("none").take_files("far")


def ended(page):
    """Wait for the files that a page has read again; return what it says of them."""
    deadline = time.monotonic() + 20
    while not all(one.over for one in page.state.rereads.values()) and time.monotonic() < deadline:
        time.sleep(0.01)
    with page._lock:
        return [(banner["tone"], banner["children"][0]["text"]) for banner in page.surface.view["banners"]]


def ask(page, key):
    for message in (
        {"type": "action", "action": "reread", "value": key},
        {"type": "field", "field": "why", "value": "Cents.", "rev": 1},
        {"type": "action", "action": "read-again", "value": key},
    ):
        page._receive(message)


def test_the_page_follows_a_file_that_is_read_again_by_the_mapping_of_now(bank):
    wb, root, _ = bank
    folder = root / "again"
    flow(wb, "again")
    connect(wb, folder, "again-drop", flow="again")
    content = "loan,event,at,value,cents\nc1,opened,2026-01-02T10:00:00,1.5,150\n"
    path = put(folder, "b.csv", content)
    assert states(wb.flow("again").take_files("again-drop")) == {"b.csv": ("taken", 1)}
    page = ConnectionsPage(wb)
    page.read()
    assert page.state.outdated == {}
    live = wb.templates.get("again")
    mapping = {**live.document["binding"]["mapping"], "amount": "cents"}
    template = {**live.document, "binding": {**live.document["binding"], "mapping": mapping}}
    wb.templates.put("again", template, base_version=live.version, **WHY)
    page.read()
    (key,) = page.state.outdated
    path.unlink()
    ask(page, key)
    words = (
        "b.csv was not read again; what it had brought stays. "
        "b.csv is not in the folder any more, or not whole. Put it there again, with the same content."
    )
    assert ended(page) == [("breach", words)]
    assert wb.flow("again").take_files("again-drop").files == ()
    page.read()
    assert not page.state.may_reread(key)
    assert '"reread"' not in json.dumps(page.look())
    assert "It can be read again once BOS finds it there: it was not in the folder, or not whole, at the last look" in (
        json.dumps(page.look())
    )
    put(folder, "b.csv", content)
    wb.flow("again").take_files("again-drop")
    page.read()
    ask(page, key)
    assert ended(page) == [
        ("ok", "b.csv was read again: 1 row withdrawn; 1 read, 1 added, 0 there by another, 0 rejected.")
    ]
    assert page.state.outdated == {}
