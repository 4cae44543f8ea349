"""``bos policy``: the approval policy, and waivers."""

from pathlib import Path
from typing import Annotated

import typer

from bos.cli import options, output
from bos.cli.applying import told
from bos.cli.connection import workbench
from bos.cli.document_file import read
from bos.model.kinds import noun
from bos.model.policy import POLICY_ID

app = typer.Typer(
    help="The approval policy: which fields need more signatures.", no_args_is_help=True, rich_markup_mode=None
)
waivers = typer.Typer(
    help="Waivers: values that count as signed until a date.", no_args_is_help=True, rich_markup_mode=None
)

Kind = Annotated[str, typer.Option("--kind", help="Such as template, signal or calendar.")]


@app.command()
def show(home: options.Home = None, json: options.Json = False) -> None:  # noqa: FBT002 - a flag
    """Print the approval policy; --json prints all that is known of it."""
    with workbench(home) as wb:
        answer = wb.policies.get(POLICY_ID)
    if json:
        output.as_json(answer.model_dump(mode="json"))
    else:
        output.as_yaml(answer.document)


@app.command()
def apply(file: Path, rationale: options.Rationale, home: options.Home = None, json: options.Json = False) -> None:  # noqa: FBT002 - a flag
    """Submit a file as the approval policy: rules that are new, changed or gone wait for a second person of the CoE."""
    document = {"id": POLICY_ID, **read(file)}
    with workbench(home) as wb:
        base = wb.policies.get(POLICY_ID).version
        told(wb.policies.put(POLICY_ID, document, rationale=rationale, base_version=base), json=json)


@waivers.command("list")
def list_(id: str, kind: Kind = "template", home: options.Home = None, json: options.Json = False) -> None:  # noqa: A002, FBT002 - its name; a flag
    """List the waivers of a document, ended ones too."""
    with workbench(home) as wb:
        found = wb.documents(kind).waivers(id)
    if json:
        output.answers(found)
        return
    rows = [(one.waiver, one.path, one.state, output.when(one.ends), one.reason, one.waiting_for) for one in found]
    output.table(("Waiver", "Field", "State", "Until", "Why", "Waits for"), rows, empty="No waivers.")


@waivers.command()
def waiting(home: options.Home = None, json: options.Json = False) -> None:  # noqa: FBT002 - a flag
    """List the waivers that you may agree to or refuse."""
    with workbench(home) as wb:
        found = wb.waivers.waiting()
    if json:
        output.answers(found)
        return
    rows = [(one.waiver, one.kind, one.id, one.path, output.when(one.ends), one.reason, one.asked_by) for one in found]
    head = ("Waiver", "Kind", "Id", "Field", "Until", "Why", "Asked by")
    output.table(head, rows, empty="No waiver waits for you.")


@waivers.command()
def ask(
    id: str,  # noqa: A002 - its name
    path: str,
    until: options.Until,
    rationale: options.Rationale,
    kind: Kind = "template",
    home: options.Home = None,
) -> None:
    """Ask, as the owner of a value or the CoE, that it counts as signed for a while."""
    with workbench(home) as wb:
        done = wb.documents(kind).waive(id, path, ends=options.moment(until, "--until"), reason=rationale)
    output.line(f"Asked for as {done.waiver}; it waits for {done.waiting_for}.")


@waivers.command()
def agree(waiver: str, home: options.Home = None) -> None:
    """Agree to a waiver that was asked for."""
    with workbench(home) as wb:
        done = wb.waivers.decide(waiver)
    output.line(f"{done.path} of {noun(done.kind)} {done.id} counts as signed until {output.when(done.ends)}.")


@waivers.command()
def refuse(waiver: str, rationale: options.Rationale, home: options.Home = None) -> None:
    """Refuse a waiver that was asked for."""
    with workbench(home) as wb:
        done = wb.waivers.decide(waiver, "reject", comment=rationale)
    output.line(f"Refused: {done.path} of {noun(done.kind)} {done.id} waits for its signature.")


@waivers.command()
def end(waiver: str, rationale: options.Rationale, home: options.Home = None) -> None:
    """End a waiver before its date, or take it back."""
    with workbench(home) as wb:
        done = wb.waivers.end(waiver, rationale=rationale)
    output.line(f"Ended: {done.path} of {noun(done.kind)} {done.id} waits for its signature.")
