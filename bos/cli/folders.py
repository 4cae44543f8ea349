"""The commands of ``bos connector`` about files that arrive in folders: take them, list them, read one again."""

from typing import Annotated

import typer

from bos.cli import options, output
from bos.cli.connection import workbench
from bos.cli.people import Why
from bos.model.standing import account, ahead, few, rejected, reread, standing

Over = Annotated[str, typer.Option("--over", metavar="CONNECTION", help="The connection to the folder.")]

_PRINT = "Print them with bos telemetry rejects."


def add(app: typer.Typer) -> None:
    """Give an application the commands."""
    app.command()(take)
    app.command()(files)
    app.command("read-again")(read_again)


def take(flow: str, over: Over, home: options.Home = None, json: options.Json = False) -> None:  # noqa: FBT002 - a flag
    """Take the files that arrived over a connection, each once. The exit status is 1 where one is not taken."""
    with workbench(home) as wb:
        found = wb.flow(flow).take_files(over)
    if json:
        output.as_json(found.model_dump(mode="json"))
    else:
        rows = [
            (one.name, one.state, one.read, one.added, one.duplicates, one.rejected,
             one.problem or ("it has changed" if one.changed else ""))
            for one in found.files
        ]  # fmt: skip
        head = ("File", "It is", "Read", "New", "Already there", "Rejected", "Why")
        output.table(head, rows, empty="No file is there and whole.")
        for one in found.files:
            if one.rejected:
                output.note(f"{one.name}, {rejected(one.reasons, one.rejected, one.batch)}. {_PRINT}")
            if one.farthest:
                output.note(f"{one.name}: {ahead(one.ahead, one.farthest)}; look at its times.")
            if one.unread_columns:
                output.note(f"{one.name}, columns not read: {few(one.unread_columns)}.")
    if any(one.problem for one in found.files):
        raise typer.Exit(1)


def files(
    flow: str,
    over: Annotated[str | None, typer.Option("--over", metavar="CONNECTION", help="Only of this one.")] = None,
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """List the files that came into a flow, and what each brought; those that are not taken first."""
    with workbench(home) as wb:
        found = wb.flow(flow).files(over)
    if json:
        output.answers(found)
        return
    rows = [
        (one.name, one.connection, output.when(one.at), standing(one) if one.problem else account(one)) for one in found
    ]
    output.table(("File", "Over", "At", "What became of it"), rows, empty="No file came.")
    if any(one.rejected for one in found):
        output.note(_PRINT)


def read_again(
    flow: str,
    name: str,
    over: Over,
    why: Why,
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Read a file again that was taken, by the mapping of now: what it says takes the place of what it had brought."""
    with workbench(home) as wb:
        done = wb.flow(flow).read_again(over, name, rationale=why)
    if json:
        output.as_json(done.model_dump(mode="json"))
        return
    output.line(reread(done))
    if done.rejected:
        output.note(f"{done.name}, {rejected(done.reasons, done.rejected, done.batch)}. {_PRINT}")
    if done.unread_columns:
        output.note(f"Columns not read: {few(done.unread_columns)}.")
    if done.staying:
        output.note(f"Rows that the file had before and has no more stay as they were read: {done.staying:,}.")
    if done.short:
        output.note(f"These may have had some of the withdrawn rows, too; read each again: {few(done.short)}.")
