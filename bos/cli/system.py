"""``bos connector`` and ``bos connection``: systems that BOS speaks to, and their secrets."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from bos.cli import options, output, shelf
from bos.cli.connection import workbench
from bos.cli.people import Why

connector = typer.Typer(
    help="Connectors: what speaks to other systems, and whether those are well.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
connection = typer.Typer(
    help="Connections: the systems BOS speaks to, and their secrets.", no_args_is_help=True, rich_markup_mode=None
)
shelf.lists(connection, "connection")
shelf.applies(connection, "connection")


@connector.command("list")
def list_(home: options.Home = None, json: options.Json = False) -> None:  # noqa: FBT002 - a flag
    """List the connectors that are installed, and what of them is unproven."""
    with workbench(home) as wb:
        found = wb.connections.connectors()
    if json:
        output.answers(found)
        return
    rows = [
        (one.name, one.title, " and ".join(("reads",) * one.reads + ("tells",) * one.tells) or "nothing",
         ", ".join(want.name for want in one.settings), ", ".join(want.name for want in one.secrets),
         one.unproven or "proven")
        for one in found
    ]  # fmt: skip
    output.table(
        ("Connector", "System", "It", "Settings", "Secrets", "Proof"), rows, empty="No connector is installed."
    )


@connector.command()
def doctor(id: str, home: options.Home = None, json: options.Json = False) -> None:  # noqa: A002, FBT002 - its name; a flag
    """Look whether a connected system is well; nothing there is changed. The exit status is 1 where it is not."""
    with workbench(home) as wb:
        found = wb.connections.doctor(id)
    if json:
        output.as_json(found.model_dump(mode="json"))
    else:
        rows = [("ok" if one.ok else "NOT", one.what, f"{one.words} {one.hint}".strip()) for one in found.findings]
        output.table(("", "Looked at", "Found"), rows, empty="Nothing was looked at.")
        if found.unproven:
            output.note(f"Unproven: {found.unproven}")
    if not found.well:
        raise typer.Exit(1)


@connector.command()
def run(
    flow: str,
    signal: Annotated[list[str] | None, typer.Option("--signal", help="Only this one (repeatable).")] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="Read again from then on: a date (UTC) or a time.")
    ] = None,
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Pull the system signals of a flow over their connections, from where each was left."""
    begins = options.moment(since, "--since") if since else None
    with workbench(home) as wb:
        found = wb.flow(flow).pull(*(signal or ()), since=begins)
    if json:
        output.as_json(found.model_dump(mode="json"))
        return
    rows = [
        (one.signal, one.connection, output.when(one.start), output.when(one.end), one.read, one.added, one.rejected)
        for one in found.signals
    ]
    output.table(("Signal", "Over", "From", "Up to", "Read", "New", "Rejected"), rows, empty="Nothing was pulled.")


@connector.command()
def take(
    flow: str,
    over: Annotated[str, typer.Option("--over", metavar="CONNECTION", help="The connection to the folder.")],
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Take the files that arrived over a connection, each once. The exit status is 1 where one is refused."""
    with workbench(home) as wb:
        found = wb.flow(flow).take_files(over)
    if json:
        output.as_json(found.model_dump(mode="json"))
    else:
        rows = [(one.name, one.state, one.read, one.added, one.rejected, one.problem) for one in found.files]
        output.table(("File", "It is", "Read", "New", "Rejected", "Why"), rows, empty="No file is there and whole.")
    if any(one.state == "refused" for one in found.files):
        raise typer.Exit(1)


@connector.command()
def pulls(flow: str, home: options.Home = None, json: options.Json = False) -> None:  # noqa: FBT002 - a flag
    """List the system signals of a flow that are pulled, and how far each was."""
    with workbench(home) as wb:
        found = wb.flow(flow).pulls()
    if json:
        output.answers(found)
        return
    rows = [(one.signal, one.connection, output.when(one.upto), one.added, one.query) for one in found]
    output.table(
        ("Signal", "Over", "Read up to", "Points", "Query"), rows, empty="No signal has a connection and query."
    )


@connection.command("secrets")
def secrets(id: str, home: options.Home = None, json: options.Json = False) -> None:  # noqa: A002, FBT002 - its name; a flag
    """List which secrets a connection has; never their text."""
    with workbench(home) as wb:
        found = wb.connections.secrets(id)
    if json:
        output.answers(found)
        return
    rows = [
        (one.name, one.origin, "good" if one.good else "not good here", one.by, output.when(one.at)) for one in found
    ]
    output.table(("Secret", "Sent to", "State", "Given by", "At"), rows, empty="The connection has no secrets.")


@connection.command("secret")
def secret(
    id: str,  # noqa: A002 - its name
    name: str,
    why: Why,
    file: Annotated[Path | None, typer.Option("--file", help="Read it from this file instead.")] = None,
    take: Annotated[bool, typer.Option("--take-away", help="Take the secret away.")] = False,  # noqa: FBT002 - a flag
    home: options.Home = None,
) -> None:
    """Give a connection a secret: asked for without echo, or read from standard input or a file; never an argument."""
    if take:
        with workbench(home) as wb:
            wb.connections.take_secret(id, name, rationale=why)
        output.line(f"The connection {id} has no secret {name} any more.")
        return
    if file is not None:
        value = file.read_text(encoding="utf-8")
    elif sys.stdin.isatty():
        value = typer.prompt(f"{name} of {id}", hide_input=True)
    else:
        value = sys.stdin.read()
    with workbench(home) as wb:
        done = wb.connections.give_secret(id, name, value.rstrip("\r\n"), rationale=why)
    output.line(f"The connection {id} has the secret {name}; it is sent to {done.origin} alone.")


@connection.command("new-key")
def new_key(why: Why, home: options.Home = None) -> None:
    """Encrypt the secrets of all connections with a new key."""
    with workbench(home) as wb:
        done = wb.connections.reseal(rationale=why)
    many = "1 secret is" if done.secrets == 1 else f"{done.secrets:,} secrets are"
    output.line(f"{many} encrypted with the key {done.key}.")


@connection.command("deliveries")
def deliveries(
    id: str,  # noqa: A002 - its name
    retry: Annotated[str, typer.Option("--retry", metavar="DELIVERY", help="Read this dead one again.")] = "",
    why: Annotated[str, typer.Option("--why", help="Why it can be read now.")] = "",
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """List what was sent over a connection, what could not be read first."""
    with workbench(home) as wb:
        if retry:
            wb.connections.retry_delivery(id, retry, rationale=why)
        found = wb.connections.deliveries(id)
    if json:
        output.answers(found)
        return
    rows = [(one.delivery, output.when(one.at), one.state, one.added, one.problem) for one in found]
    output.table(("Delivery", "Came", "It is", "New", "Why"), rows, empty="Nothing was sent.")
