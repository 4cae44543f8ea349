"""``bos connector`` and ``bos connection``: systems that BOS speaks to, and their secrets."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from bos.cli import applying, folders, options, output, shelf
from bos.cli.connection import workbench
from bos.cli.document_file import read
from bos.cli.people import Why
from bos.errors import BosError
from bos.model.moments import day
from bos.model.numbers import counted
from bos.model.standing import ahead, delivered, lies_before, lost, outdated, read_again, standing, turned_away, untaken
from bos.model.tried import remarks, summary

if TYPE_CHECKING:
    from bos.model.answers.connections import ConnectionHealth, ReceivedStanding
    from bos.model.answers.deliveries import DeliveryState
    from bos.model.answers.pulls import Pulled

connector = typer.Typer(
    help="Connectors: what speaks to other systems, and whether those are well.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
connection = typer.Typer(
    help="Connections: the systems BOS speaks to, and their secrets.", no_args_is_help=True, rich_markup_mode=None
)
shelf.lists(connection, "connection")
applying.applies(connection, "connection", look=lambda wb, content: wb.connections.check(content))


@connector.command("list")
def list_(home: options.Home = None, json: options.Json = False) -> None:  # noqa: FBT002 - a flag
    """List the connectors that are installed, what of them is unproven, and which are left out, and why."""
    with workbench(home) as wb:
        found = wb.connections.connectors()
    if json:
        output.answers(found)
        return
    rows = [
        (one.name, one.title, " and ".join(("reads",) * one.reads + ("tells",) * one.tells) or "nothing",
         ", ".join(want.name for want in one.settings), ", ".join(want.name for want in one.secrets),
         one.unproven or "proven")
        for one in found if not one.problem
    ]  # fmt: skip
    output.table(
        ("Connector", "System", "It", "Settings", "Secrets", "Proof"), rows, empty="No connector is installed."
    )
    for one in found:
        if one.problem:
            output.note(f"{one.name} ({one.title}) is left out. {one.problem}")


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
def health(home: options.Home = None, json: options.Json = False) -> None:  # noqa: FBT002 - a flag
    """Say how it goes with every connection: what was last heard of it, what waits for it, how far it was pulled."""
    with workbench(home) as wb:
        found = wb.connections.health()
    if json:
        output.answers(found)
        return
    rows = [
        (one.connection, one.state, output.when(one.worked_at), *_counted(one), output.when(one.upto), one.rows
         if one.received is None else one.received.added, _why(one))
        for one in found
    ]  # fmt: skip
    head = ("Connection", "State", "Last success", "Waiting", "Dead", "Read up to", "Rows", "Why")
    output.table(head, rows, empty="There is no connection.")
    for one in found:
        for file in one.files:
            output.note(f"{one.connection}, {file.flow}: {standing(file)}")
        if one.earlier:
            output.note(f"{one.connection}: {outdated(one.earlier)} Read one again with bos connector read-again.")
        if one.received:
            output.note(f"{one.connection}: {_deliveries(one.received)}")
        if one.unproven:
            output.note(f"{one.connection} is unproven: {one.unproven}")
        if one.left_out:
            output.note(f"{one.connection}, of the newest message: {one.left_out}")


def _counted(one: "ConnectionHealth") -> tuple[int, int]:
    """Return how many messages to a system wait and are dead, or deliveries of one that sends to BOS."""
    return (one.waiting, one.dead) if one.received is None else (one.received.waiting, one.received.dead)


def _why(one: "ConnectionHealth") -> str:
    """Return why a connection does not do well: the last failure, else what of it cannot be read."""
    if one.reason:
        return one.reason
    if one.received is not None and one.received.dead:
        many = "1 delivery" if one.received.dead == 1 else f"{one.received.dead:,} deliveries"
        return f"{many} cannot be read: bos connection incoming {one.connection}"
    return ""


def _deliveries(received: "ReceivedStanding") -> str:
    """Return when the last delivery came, and what became of those there are."""
    if received.at is None:
        return "nothing has come yet."
    many = f"{received.waiting:,} wait to be read, {received.done:,} were read, {received.dead:,} could not be"
    said = f"the last delivery came {output.when(received.at)}; {many}."
    return " ".join(filter(None, (said, lost(received), turned_away(received))))


@connector.command("test")
def try_(id: str, home: options.Home = None, json: options.Json = False) -> None:  # noqa: A002, FBT002 - its name; a flag
    """Tell a connected system a test message, and read an hour of what is bound to it; nothing of it is kept."""
    with workbench(home) as wb:
        done = wb.connections.test(id)
    if json:
        output.as_json(done.model_dump(mode="json"))
        return
    if done.told:
        output.line(f"A test message was told: {done.link or done.reference or 'the system gives no receipt'}.")
    if done.read:
        output.line(f"{counted(done.rows, 'row')} read; columns: {', '.join(done.columns) or 'none'}.")


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
    """Pull the signals of a flow over their connections, from where each was left."""
    begins = options.moment(since, "--since") if since else None
    with workbench(home) as wb:
        try:
            found = wb.flow(flow).pull(*(signal or ()), since=begins)
        except BosError as error:
            from bos.model.answers import pulls as pulled  # noqa: PLC0415 - `bos --help` needs no model

            if read := error.details.get("signals"):
                _print_pulled(pulled.Pulled(flow=flow, signals=read), json=json)
            raise
    _print_pulled(found, json=json)


def _print_pulled(found: "Pulled", *, json: bool) -> None:
    if json:
        output.as_json(found.model_dump(mode="json"))
        return
    rows = [
        (one.signal, one.connection, output.when(one.start), output.when(one.end), one.read, one.added, one.rejected)
        for one in found.signals
    ]
    output.table(("Signal", "Over", "From", "Up to", "Read", "New", "Rejected"), rows, empty="Nothing was pulled.")
    for one in found.signals:
        if one.rejected:
            output.note(f"{one.signal}: {untaken(found.flow, one.rejected, one.reasons, one.batches)}")
        if 0 < one.rejected < one.read:  # where not one could be taken, the error says from when on
            output.note(f"{one.signal}: {read_again(found.flow, one.signal, one.start)}")
        if one.farthest:
            output.note(f"{one.signal}: {ahead(one.ahead, one.farthest)}; look at its times.")
        if one.oldest and one.begins:
            words = lies_before(one.stray, one.oldest, "UTC", "row")
            output.note(f"{one.signal}: {words}, which begin on {day(one.begins, 'UTC')}; look at its times.")
        for words in one.told:
            output.note(f"{one.connection}: {words}")


@connector.command("try")
def try_signal(
    flow: str,
    signal: str,
    over: Annotated[str | None, typer.Option("--over", metavar="CONNECTION", help="Over this connection.")] = None,
    query: Annotated[str | None, typer.Option("--query", help="By this query.")] = None,
    mapping: Annotated[str | None, typer.Option("--map", metavar="case=COL,…", help="Field and column.")] = None,
    event: Annotated[str | None, typer.Option("--event", help="What the source calls the event.")] = None,
    from_: Annotated[str | None, typer.Option("--from", metavar="TIME", help="A date (UTC) or a time.")] = None,
    to: Annotated[str | None, typer.Option("--to", metavar="TIME", help="At most a day later.")] = None,
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Read a little by a signal's binding, or another that is given, and show rows as they would be stored."""
    given = {"connection": over, "query": query, "mapping": mapping and options.columns(mapping), "event": event}
    binding = {name: value for name, value in given.items() if value is not None}
    start, end = options.window(from_, to, lambda: "UTC")
    with workbench(home) as wb:
        found = wb.flow(flow).try_signal(signal, binding=binding, start=start, end=end)
    if json:
        output.as_json(found.model_dump(mode="json"))
        return
    fields = found.fields or tuple(name for name in found.columns if name not in found.hidden)
    shown = [
        (*((row.mapped if found.fields else row.raw).get(name) or "" for name in fields), row.problem)
        for row in found.rows
    ]
    empty = "No whole span lies in it." if found.spanless else "The system has no row of these moments."
    output.table((*fields, "Why not"), shown, empty=empty)
    for words in (summary(found), *remarks(found)):
        output.note(words)


folders.add(connector)


@connector.command()
def pulls(flow: str, home: options.Home = None, json: options.Json = False) -> None:  # noqa: FBT002 - a flag
    """List the signals of a flow that are pulled, and how far each was."""
    with workbench(home) as wb:
        found = wb.flow(flow).pulls()
    if json:
        output.answers(found)
        return
    rows = [
        (one.signal, one.connection, one.every, "broken" if one.problem else "read" if one.at else "not read yet",
         output.when(one.upto), one.added, one.query)
        for one in found
    ]  # fmt: skip
    head = ("Signal", "Over", "Every", "It is", "Read up to", "New in all", "Query")
    output.table(head, rows, empty="No signal has a connection and query.")
    for one in found:
        if short := one.rejected:
            words = untaken(flow, short.rows, short.reasons, short.batches)
            output.note(f"{one.signal}, the pull at {output.when(short.at)}: {words}")
            if short.again:
                output.note(f"{one.signal}: {read_again(flow, one.signal, short.again)}")
        if one.problem:
            output.note(f"{one.signal} could not be read at {output.when(one.failed_at)}: {one.problem}")


@connector.command()
def deliveries(
    connection: Annotated[str | None, typer.Option("--connection", help="Only to this one.")] = None,
    state: Annotated[str | None, typer.Option("--state", help="waiting, sent, dead or 'given up'.")] = None,
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """List what connected systems are told, newest first; the dead could not be delivered and wait for you."""
    with workbench(home) as wb:
        found = wb.connections.deliveries(connection, state=cast("DeliveryState | None", state))
    if json:
        output.answers(found)
        return
    rows = [
        (one.delivery, one.connection, one.title, one.state, one.attempts,
         one.link or one.reference or f"{one.reason} {one.hint}".strip())
        for one in found
    ]  # fmt: skip
    output.table(("Number", "To", "What", "State", "Attempts", "Receipt, or why not"), rows, empty="Nothing was told.")


@connector.command()
def states(connection: str, home: options.Home = None, json: options.Json = False) -> None:  # noqa: FBT002 - a flag
    """Ask a system now how far what it was told of feedback is; the worker asks by itself now and then."""
    with workbench(home) as wb:
        done = wb.connections.ask(connection)
    if json:
        output.as_json(done.model_dump(mode="json"))
    else:
        output.line(f"{connection} was asked for {done.asked}: {done.done} done there, {done.gone} not there any more.")


@connector.command()
def retry(delivery: int, why: Why, home: options.Home = None) -> None:
    """Let a dead letter be tried again; what the system has of it already is not doubled."""
    with workbench(home) as wb:
        done = wb.connections.retry(delivery, rationale=why)
    output.line(f"The delivery {done.delivery} to {done.connection} is tried again.")


@connector.command("give-up")
def give_up(delivery: int, why: Why, home: options.Home = None) -> None:
    """Give a dead letter up: it is not tried again."""
    with workbench(home) as wb:
        done = wb.connections.give_up(delivery, rationale=why)
    output.line(f"The delivery {done.delivery} to {done.connection} is given up.")


@connection.command()
def check(file: Path, home: options.Home = None, json: options.Json = False) -> None:  # noqa: FBT002 - a flag
    """Say what would be wrong with a connection of a file; nothing is stored. The exit status is 1 for an error."""
    with workbench(home) as wb:
        found = wb.connections.check(read(file))
    if json:
        output.answers(found)
    else:
        rows = [(one.severity, one.path, f"{one.message} {one.hint}".strip()) for one in found]
        output.table(("It is", "Where", "What"), rows, empty="Nothing is wrong with it.")
    if any(one.severity == "error" for one in found):
        raise typer.Exit(1)


@connection.command()
def reception(id: str, home: options.Home = None, json: options.Json = False) -> None:  # noqa: A002, FBT002 - its name; a flag
    """Say where a system sends to over a connection, and how it proves who it is."""
    with workbench(home) as wb:
        found = wb.connections.reception(id)
    if json:
        output.as_json(found.model_dump(mode="json"))
        return
    output.line(f"It sends to {found.address}.")
    output.note(found.proof)


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


@connection.command()
def incoming(
    id: str,  # noqa: A002 - its name
    retry: Annotated[str, typer.Option("--retry", metavar="DELIVERY", help="Read this dead one again.")] = "",
    why: Annotated[str, typer.Option("--why", help="Why it can be read now.")] = "",
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """List what was sent over a connection, what could not be read first."""
    with workbench(home) as wb:
        if retry:
            wb.connections.retry_incoming(id, retry, rationale=why)
        found = wb.connections.incoming(id)
    if json:
        output.answers(found)
        return
    rows = [
        (one.delivery, output.when(one.at), one.state, one.read, one.added, one.rejected, delivered(one))
        for one in found
    ]
    head = ("Delivery", "Came", "It is", "Read", "New", "Rejected", "Why")
    output.table(head, rows, empty="Nothing was sent.")
