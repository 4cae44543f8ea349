"""``bos up``, ``demo``, ``apps``, ``lab`` and ``doctor``: the commands that start something or look at the machine."""

import os
from pathlib import Path
from typing import Annotated

import typer

from bos.cli import options, output
from bos.home import Home
from bos.settings import Settings

Port = Annotated[int | None, typer.Option("--port", metavar="N", help="TCP port; 0 picks a free one (BOS_PORT).")]
AppsPort = Annotated[
    int | None, typer.Option("--apps-port", metavar="N", help="TCP port of the apps; 0: a free one (BOS_APPS_PORT).")
]
NoBrowser = Annotated[bool, typer.Option("--no-browser", help="Open no browser.")]
Check = Annotated[bool, typer.Option("--check", help="Start, probe all of it, stop; status 1 when one fails.")]


DemoHome = Annotated[
    Path | None, typer.Option("--home", metavar="DIR", help="Folder of the demo (BOS_HOME, else ~/.bos-demo).")
]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (up, demo, apps, lab, doctor):
        app.command()(command)


def up(
    home: options.Home = None,
    port: Port = None,
    apps_port: AppsPort = None,
    no_browser: NoBrowser = False,  # noqa: FBT002 - a flag
    check: Check = False,  # noqa: FBT002 - a flag
) -> None:
    """Run BOS until Ctrl-C."""
    from bos.serve import supervisor  # noqa: PLC0415 - `bos --help` is to be instant

    settings = Settings.load(home=home, port=port, apps_port=apps_port)
    raise typer.Exit(supervisor.up(settings, check=check, open_browser=False if no_browser else None))


def demo(
    home: DemoHome = None,
    port: Port = None,
    apps_port: AppsPort = None,
    no_browser: NoBrowser = False,  # noqa: FBT002 - a flag
    check: Check = False,  # noqa: FBT002 - a flag
) -> None:
    """Run BOS with the pilot flow and generated telemetry, on a home of its own (~/.bos-demo) unless one is named."""
    from bos.cli.pilot import fill  # noqa: PLC0415 - as above
    from bos.serve import supervisor  # noqa: PLC0415 - as above

    own = home or os.environ.get("BOS_HOME") or Path.home() / ".bos-demo"
    settings = Settings.load(home=own, port=port, apps_port=apps_port)
    Home(settings.home).mark_demo()
    open_browser = False if no_browser else None
    status = supervisor.up(
        settings, check=check, open_browser=open_browser, prepare=lambda url: fill(settings.home, url)
    )
    raise typer.Exit(status)


def apps(home: options.Home = None, apps_port: AppsPort = None) -> None:
    """Serve the apps alone, for the server at BOS_URL or the one that runs on the home, until Ctrl-C."""
    from bos.serve.alone import apps as serve_apps  # noqa: PLC0415 - as above

    serve_apps(Settings.load(home=home, apps_port=apps_port))


def lab(home: options.Home = None, no_browser: NoBrowser = False) -> None:  # noqa: FBT002 - a flag
    """Open JupyterLab on the notebooks, connected."""
    from bos.serve.lab import lab as open_lab  # noqa: PLC0415 - as above

    open_lab(Settings.load(home=home), open_browser=not no_browser)


def doctor(home: options.Home = None, json: options.Json = False) -> None:  # noqa: FBT002 - a flag
    """Check everything BOS needs on this machine; the status is 1 when something is wrong."""
    from dataclasses import asdict  # noqa: PLC0415 - as above

    from bos.serve.doctor import doctor as look  # noqa: PLC0415 - as above

    checks = look(Settings.load(home=home))
    if json:
        output.as_json([asdict(check) for check in checks])
    else:
        rows = [("ok" if c.ok else "WRONG", c.name, c.detail, "" if c.ok else c.hint) for c in checks]
        output.table(("", "What", "Found", "What to do"), rows)
    raise typer.Exit(0 if all(check.ok for check in checks) else 1)
