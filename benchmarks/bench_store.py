"""Documents at two sizes of home, in one run on one machine: create, submit, open, compare, list, search, and rights.

``python benchmarks/bench_store.py [--rounds 30]``. The small home has 10 flows and 1,000 signals, the large one 1,000
flows and 100,000 signals (ten process signals a flow). One signal and one flow are made through actions; the rest are
copies of their rows with names of their own, so that filling takes a minute and not an hour. Then both homes do the
same work through actions, in turn, so that neither owns the quiet moments. Each flow has a person who holds a role on
it alone; *rights* opens their flow as such a person, has another refused, and lists what they see. Goal: the large home
takes at most twice as long, by the median and by the 95th percentile. What counts every document (*filters*) is shown
without a goal.
"""

# ruff: noqa: S608 - statements put together from constants of this file

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bos.actions import changes, documents, search
from bos.actions.context import Context, open_context
from bos.actions.identities import identity
from bos.auth.actor import Actor
from bos.errors import Forbidden
from bos.model.diff import Change
from bos.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

GOAL = 2.0
WORDS = ("payment", "loan", "lockbox", "escrow", "ledger", "wire", "branch", "notice", "payoff", "suspense")
ANA = Actor("ana", "Ana", roles=frozenset({"process_owner", "data_steward"}))
OWNERSHIP = [
    {"id": section.replace("_", "-"), "covers": section, "accountable": "process_owner"}
    for section in ("identity", "flow", "process_signals", "system_signals", "outcomes", "ownership")
]


@dataclass
class Home:
    """A home of one size and what was measured on it."""

    name: str
    flows: int
    signals: int
    ctx: Context
    made: int = 0
    took: dict[str, list[float]] = field(default_factory=dict)


def signal(name: str) -> dict[str, Any]:
    return {"id": name, "title": "Signal", "type": "process", "binding": {"event": "happened"}}


def template(name: str, signals: list[str]) -> dict[str, Any]:
    uses = [{"id": f"s{i}", "signal": one, "step": "work"} for i, one in enumerate(signals)]
    measures = [{"formula": f"count(s{i})", "unit": "count"} for i in range(len(uses))]
    return {
        "id": name,
        "title": "Flow",
        "flow": {"correlation_key": ["case"], "steps": [{"id": "work", "title": "Work"}]},
        "process_signals": uses,
        "outcomes": [{"id": f"k{i}", "title": f"KPI {i}", "measure": measure} for i, measure in enumerate(measures)],
        "ownership": OWNERSHIP,
    }


def copy_rows(ctx: Context, kind: str, source: str, count: int) -> None:
    """Copy the rows of a document ``count`` times, under numbered ids and with titles of two words of ``WORDS``."""
    words = f"(ARRAY[{', '.join(repr(word) for word in WORDS)}])"
    name = "v.id || '-' || s.n"
    title = f"{words}[1 + s.n %% 10] || ' ' || {words}[1 + s.n / 10 %% 10] || ' ' || s.n"
    doc = f"v.doc || jsonb_build_object('id', {name}, 'title', {title})"
    found = f"setweight(to_tsvector('english', {title}), 'A') || v.words"
    group = "v.held_group || '-' || s.n"
    tables = {
        "document": f"v.kind, {name}, v.head, v.retired",
        "version": f"v.kind, {name}, v.n, {doc}, v.sha256, v.author, v.rationale, v.at, v.cause, v.words",
        "search": f"v.kind, {name}, v.version, {title}, v.owner, v.tags, v.state, v.author, v.at, v.body, {found}, "
        f"CASE v.kind WHEN 'template' THEN {name} ELSE '' END, v.roles",
        "held_group": f"{group}, v.kind, {name}, v.state, v.authors, v.rationale, v.reason, v.base_version, v.origin, "
        "v.at",
        "author": f"v.kind, {name}, v.path, v.person, v.how, v.at",
        "relation": f"v.kind, {name}, v.path, v.target_kind, v.target",
    }
    series = f"generate_series(1, {count}) s(n)"
    with ctx.engine.begin() as connection:
        for table, columns in tables.items():
            where = f"v.kind = '{kind}' AND v.id = '{source}'"
            connection.exec_driver_sql(f"INSERT INTO {table} SELECT {columns} FROM {table} v, {series} WHERE {where}")
        connection.exec_driver_sql(
            f"INSERT INTO held_change SELECT {group}, c.n, c.op, c.path, c.old, c.new FROM held_change c "
            f"JOIN held_group v USING (held_group), {series} WHERE v.kind = '{kind}' AND v.id = '{source}'"
        )
        if kind == "template":
            copy_what_it_says(connection, source, name, series)
    with ctx.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("RESET ROLE")
        connection.exec_driver_sql("VACUUM ANALYZE")


def copy_what_it_says(connection: Connection, flow: str, name: str, series: str) -> None:
    """Copy the rows of the KPIs of a flow, and its facets, for each copy of it."""
    named = name.replace("v.id", f"'{flow}'")
    kpi = f"{named} || substr(v.id, {len(flow) + 1})"
    connection.exec_driver_sql(
        f"INSERT INTO search SELECT v.kind, {kpi}, v.version, v.title, v.owner, v.tags, v.state, v.author, v.at, "
        f"v.body, v.words, {named}, v.roles FROM search v, {series} WHERE v.kind = 'kpi' AND v.flow = '{flow}'"
    )
    id_ = f"CASE v.kind WHEN 'kpi' THEN {kpi} WHEN 'template' THEN {named} ELSE v.id END"
    connection.exec_driver_sql(
        f"INSERT INTO facet SELECT v.kind, {id_}, v.facet, v.value, {named}, v.label "
        f"FROM facet v, {series} WHERE v.flow = '{flow}'"
    )


def employ(ctx: Context, flows: int) -> None:
    """Let one person per flow hold the role of its owner on it alone."""
    person = "'p' || s.n"
    with ctx.engine.begin() as connection:
        series = f"generate_series(1, {flows - 1}) s(n)"
        connection.exec_driver_sql(
            f"INSERT INTO person (person, display, email, source, at) SELECT {person}, {person}, '', 'created', now() "
            f"FROM {series}"
        )
        connection.exec_driver_sql(
            "INSERT INTO role_binding (role_binding, person, role, scope, value, starts, given_by, rationale, at) "
            f"SELECT {person}, {person}, 'process_owner', 'flow', 'flow-' || s.n, now(), 'system', 'Bench.', now() "
            f"FROM {series}"
        )


def fill(name: str, flows: int, signals: int, folder: Path) -> Home:
    """Return a home with so many flows and signals."""
    folder.chmod(0o711)  # the embedded database of root's homes runs as another user
    ctx = open_context(Settings.load(home=folder / name, env={}, state_dir=folder / f"{name}-state"))
    documents.put(ctx, ANA, "signal", "signal", signal("signal"), rationale="First.")
    copy_rows(ctx, "signal", "signal", signals - 1)
    uses = [f"signal-{n}" for n in range(1, 11)]
    documents.put(ctx, ANA, "template", "flow", template("flow", uses), rationale="First.")
    copy_rows(ctx, "template", "flow", flows - 1)
    employ(ctx, flows)
    return Home(name, flows, signals, ctx)


def create(home: Home) -> None:
    home.made += 1
    uses = [f"signal-{(home.made * 10 + n) % (home.signals - 1) + 1}" for n in range(10)]
    documents.put(
        home.ctx, ANA, "template", f"new-{home.made}", template(f"new-{home.made}", uses), rationale="A new flow."
    )


def submit(home: Home) -> None:
    change = Change(op="set", path="description", new=f"Round {home.made}, {time.perf_counter_ns()}.")
    version = documents.show(home.ctx, ANA, "template", f"new-{home.made}").version
    changes.submit(
        home.ctx, ANA, "template", f"new-{home.made}", base_version=version, changes=[change], rationale="Said better."
    )


def open_one(home: Home) -> None:
    found = documents.show(home.ctx, ANA, "template", f"flow-{home.made % (home.flows - 1) + 1}")
    assert len(found.document["process_signals"]) == 10


def find(home: Home) -> None:
    """Look for a signal by its two words and its number, as a person who remembers the name does."""
    number = home.made % (home.signals - 1) + 1
    words = f"{WORDS[number % 10]} {WORDS[number // 10 % 10]} {number}"
    assert search.find(home.ctx, ANA, words, kinds=("signal",)).items[0].id == f"signal-{number}"


def find_many(home: Home) -> None:
    """Look for a word that a tenth of all signals have."""
    assert len(search.find(home.ctx, ANA, WORDS[home.made % 10], limit=20).items) == 20


def narrow(home: Home) -> None:
    """Look for a word among the KPIs of a step, which a thousand flows have."""
    hits = search.find(home.ctx, ANA, "KPI 3", kinds=("kpi",), step="work", limit=5).items
    assert {hit.title for hit in hits} == {"KPI 3"}


def filters(home: Home) -> None:
    listed = search.filters(home.ctx, ANA).items
    assert next(one.count for one in listed if one.filter == "step") > home.flows


def list_flows(home: Home) -> None:
    assert len(documents.listing(home.ctx, ANA, "template", limit=9).items) == 9


def compare(home: Home) -> None:
    found = documents.difference(home.ctx, ANA, "template", f"new-{home.made}", 1, 2)
    assert [change.path for change in found.changes] == ["description"]


def rights(home: Home) -> None:
    number = home.made % (home.flows - 2) + 1
    with home.ctx.engine.connect() as connection:
        person = identity(connection, f"p{number}", datetime.now(UTC))
    assert person is not None
    assert documents.show(home.ctx, person, "template", f"flow-{number}").version == 1
    assert [row.id for row in documents.listing(home.ctx, person, "template").items] == [f"flow-{number}"]
    try:
        documents.show(home.ctx, person, "template", f"flow-{number + 1}")
    except Forbidden:
        return
    raise AssertionError("a flow of somebody else was shown")


WORK: dict[str, Callable[[Home], None]] = {
    "create": create,
    "submit": submit,
    "open": open_one,
    "search a name": find,
    "search a word": find_many,
    "search a step": narrow,
    "list": list_flows,
    "compare": compare,
    "rights": rights,
}
COUNTS = {"filters": filters}
"""What counts every document, and so takes longer where there are more."""


def measure(homes: list[Home], rounds: int) -> None:
    for turn in range(rounds + 2):
        for name, work in (WORK | COUNTS).items():
            for home in homes if turn % 2 else homes[::-1]:
                begun = time.perf_counter()
                work(home)
                if turn > 1:  # the first two warm pools and caches
                    home.took.setdefault(name, []).append(time.perf_counter() - begun)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory(prefix="bos-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        small, large = fill("small", 10, 1_000, folder), fill("large", 1_000, 100_000, folder)
        try:
            measure([small, large], rounds)
        finally:
            small.ctx.close()
            large.ctx.close()
    print(f"{str(rounds) + ' rounds':20} {'10 flows':>22} {'1,000 flows':>22} {'ratio':>13}   goal {GOAL:g}")
    print(f"{'':20} {'p50       p95':>22} {'p50       p95':>22} {'p50    p95':>13}")
    for name in WORK | COUNTS:
        one, two = ([statistics.median(took), percentile(took)] for took in (small.took[name], large.took[name]))
        ratios = [after / before for before, after in zip(one, two, strict=True)]
        met = max(ratios) <= GOAL
        told = "no goal" if name in COUNTS else "ok" if met else "MISSED"
        times = " ".join(f"{p50 * 1000:8.2f} {p95 * 1000:8.2f} ms  " for p50, p95 in (one, two))
        print(f"{name:20} {times} {ratios[0]:6.2f} {ratios[1]:6.2f}   {told}")


def percentile(took: list[float]) -> float:
    return statistics.quantiles(took, n=20, method="inclusive")[-1]


if __name__ == "__main__":
    main()
