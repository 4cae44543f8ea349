"""A flow over HTTP against a hand-written route with the same check of the token and one query, in one run.

``python benchmarks/bench_http.py [--rounds 30]``. Two processes serve the same home: BOS, and an application of one
route that looks the token up as BOS does, asks PostgreSQL once for the live template and sends it. Each round asks both
in turn for the flow, by a personal token over a connection that is kept open. BOS answers with the approval of every
critical value, the open groups, what needs attention and what nobody serves; the hand-written route knows none of it.
Goal: at least half as many answers a second. Shown for a flow whose values are all signed, as it is most of its life,
and for one that was just made; both are kept by BOS until something is written. What the answer takes when something
was written before each question is shown beside, without a goal.
"""

from __future__ import annotations

import argparse
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import uvicorn
from fastapi import FastAPI, HTTPException, Request, Response
from sqlalchemy import text

from bos.actions import bindings, blueprints, changes, documents, people, tokens
from bos.actions.context import open_context
from bos.api.app import create_app
from bos.auth.actor import Actor
from bos.model.roles import SIGNING_ROLES
from bos.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bos.actions.context import Context

GOAL = 0.5
FLOW = "loan-payment-processing"
EVE = Actor("eve", "Eve", roles=frozenset({"admin"}))
ANA = Actor("ana", "Ana", roles=frozenset({"process_owner", "data_steward"}))
SAM = Actor("sam", "Sam", roles=SIGNING_ROLES)
LIVE = text(
    "SELECT v.doc::text FROM document d JOIN version v ON v.kind = d.kind AND v.id = d.id AND v.n = d.head "
    "WHERE d.kind = 'template' AND d.id = :id AND NOT d.retired"
)


def settings_of(folder: Path) -> Settings:
    return Settings.load(home=folder / "home", env={}, state_dir=folder / "state", rate_limit=0)


def by_hand(settings: Settings) -> FastAPI:
    """Return an application of one route, with the check of BOS's tokens and one query."""
    app, ctx = FastAPI(), open_context(settings)

    @app.get("/api/v1/templates/{name}")
    def show(name: str, request: Request) -> Response:
        _, _, token = request.headers.get("authorization", "").partition(" ")
        if "template.read" not in (tokens.of_secret(ctx, token).only or ()):
            raise HTTPException(403)
        with ctx.engine.connect() as connection:
            found = connection.execute(LIVE, {"id": name}).scalar()
        if found is None:
            raise HTTPException(404)
        return Response(found, media_type="application/json")

    return app


def serve(which: str, folder: Path) -> None:
    """Serve one of the two until the process is ended; print the port."""
    settings = settings_of(folder)
    app = create_app(settings, inline_jobs=True) if which == "bos" else by_hand(settings)
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    print(listener.getsockname()[1], flush=True)
    uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False)).run(sockets=[listener])


@contextmanager
def served(which: str, folder: Path) -> Iterator[str]:
    command = [sys.executable, __file__, "--serve", which, "--folder", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()


def fill(folder: Path) -> str:
    """Make both flows, sign all values of one, and return the secret of a token that reads."""
    ctx = open_context(settings_of(folder))
    try:
        made = blueprints.create(ctx, ANA, FLOW, id="signed", title="Signed")
        for group in changes.groups(ctx, SAM, limit=1000).items:
            roles = {one.role for one in group.waiting_for}
            for role in roles:
                changes.sign(ctx, Actor("sam", "Sam", roles=frozenset({role})), group.group, decision="approve")
        assert made.template.version == 1
        blueprints.create(ctx, ANA, FLOW, id="new", title="New")
        people.add(ctx, EVE, "ana", display="Ana", rationale="Bench.")
        bindings.give(ctx, EVE, "process_owner", person="ana", rationale="Bench.")
        until = datetime.now(UTC) + timedelta(days=1)
        return tokens.make(ctx, ANA, "Bench", rights=["read"], expires_at=until, rationale="Bench.").secret
    finally:
        ctx.close()


def disturb(ctx: Context, turn: int) -> None:
    """Write something that is none of the flow's business, as others do all day."""
    documents.put(ctx, ANA, "calendar", f"c{turn}", {"title": "Calendar"}, rationale="Bench.")


def ask(client: httpx.Client, flow: str) -> float:
    begun = time.perf_counter()
    answer = client.get(f"/api/v1/templates/{flow}")
    took = time.perf_counter() - begun
    answer.raise_for_status()
    return took


def main(arguments: Any) -> None:
    with tempfile.TemporaryDirectory(prefix="bos-bench-", ignore_cleanup_errors=True) as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o711)  # the embedded database of root's homes runs as another user
        headers = {"Authorization": f"Bearer {fill(folder)}"}
        clients = {
            which: stack.enter_context(
                httpx.Client(base_url=stack.enter_context(served(which, folder)), headers=headers, trust_env=False)
            )
            for which in ("bos", "hand")
        }
        print(f"{'median of ' + str(arguments.rounds):26} {'BOS':>10} {'by hand':>10} {'rate':>7}   goal {GOAL:g}")
        ctx = open_context(settings_of(folder))
        stack.callback(ctx.close)
        for flow, told, anew in (
            ("signed", "all values signed", False),
            ("new", "nothing signed yet", False),
            ("signed", "all signed, made anew", True),
            ("new", "nothing signed, made anew", True),
        ):
            took: dict[str, list[float]] = {"bos": [], "hand": []}
            for turn in range(arguments.rounds + 5):
                if anew:
                    disturb(ctx, turn + 1000 * (flow == "new"))
                for which in ("bos", "hand") if turn % 2 else ("hand", "bos"):
                    seconds = ask(clients[which], flow)
                    if turn >= 5:  # the first warm pools and caches
                        took[which].append(seconds)
            bos, hand = (statistics.median(took[which]) for which in ("bos", "hand"))
            met = hand / bos >= GOAL or anew
            verdict = "" if anew else "ok" if met else "MISSED"
            print(f"{told:26} {bos * 1000:7.2f} ms {hand * 1000:7.2f} ms {hand / bos:7.2f}   {verdict}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--serve", choices=("bos", "hand"), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        serve(given.serve, given.folder)
    else:
        main(given)
