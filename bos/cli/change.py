"""``bos change``: what waits for signatures, and signing it."""

from typing import Annotated, Literal

import typer

from bos.cli import options, output
from bos.cli.connection import workbench
from bos.model.answers.changes import Decided, Group, GroupMark

app = typer.Typer(help="Changes: what waits, and signing it.", no_args_is_help=True, rich_markup_mode=None)

Decides = Annotated[Literal["approve", "reject", "rework"], typer.Option("--decision", help="What you decide.")]
Comment = Annotated[str, typer.Option("--comment", metavar="TEXT", help="Needed to reject or call for rework.")]


def waits_for(group: Group | GroupMark | Decided) -> str:
    """Return who still has to sign, in words."""
    return ", ".join(f"{one.count} of {one.role}" if one.count > 1 else one.role for one in group.waiting_for)


@app.command("list")
def list_(
    state: Annotated[str | None, typer.Option("--state", help="Such as waiting, unsigned, rework, live.")] = "waiting",
    id: Annotated[str | None, typer.Option("--id", help="Only of this document.")] = None,  # noqa: A002 - its name
    mine: Annotated[bool, typer.Option("--mine", help="Those a signature of yours would count for now.")] = False,  # noqa: FBT002 - a flag
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """List changes, newest first: those that wait, or those in another state; or those that wait for you."""
    with workbench(home) as wb:
        found = list(wb.changes(state=None if mine else state, id=id, mine=mine))
        plain = not found and not mine and state == "waiting"
        unsigned = plain and next(iter(wb.changes(state="unsigned", id=id)), None) is not None
    empty = (
        "No change waits. Some live values have no signature yet: --state unsigned." if unsigned else "Nothing waits."
    )
    if json:
        output.answers(found)
        return
    rows = [
        (
            one.group,
            f"{one.kind}/{one.id}",
            "; ".join(one.text),
            waits_for(one),
            ", ".join(one.authors),
            one.batch or "",
        )
        for one in found
    ]
    output.table(("Group", "Document", "What", "Waits for", "Authors", "Batch"), rows, empty=empty)


@app.command()
def show(group: str, home: options.Home = None, json: options.Json = False) -> None:  # noqa: FBT002 - a flag
    """Print a change: what it changes, whose it is, who has signed and who has to."""
    with workbench(home) as wb:
        found = wb.change(group)
    if json:
        output.as_json(found.model_dump(mode="json"))
        return
    output.line(f"{found.kind} {found.id} · {found.state} · by {', '.join(found.authors)} · {found.rationale}")
    for text in found.text:
        output.line(text)
    for sign in found.signatures:
        comment = f" · {sign.comment}" if sign.comment else ""
        output.line(f"{sign.decision} by {sign.person} for {sign.role} at {output.when(sign.at)}{comment}")
    if found.waiting_for:
        output.line(f"Waits for {waits_for(found)}")
    if found.reason:
        output.line(found.reason)


@app.command()
def sign(
    group: str,
    decision: Decides = "approve",
    comment: Comment = "",
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Sign a change in every role of yours it waits for, reject it, or call for rework."""
    with workbench(home) as wb:
        done = wb.sign(group, decision, comment=comment)
    _told([done], json=json)


@app.command("sign-batch")
def sign_batch(
    batch: str,
    decision: Decides = "approve",
    comment: Comment = "",
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Decide all changes of a batch that wait for a role of yours, in one act."""
    with workbench(home) as wb:
        done = wb.batches.sign(batch, decision, comment=comment)
    _told(done.groups, json=json)


def _told(found: list[Decided] | tuple[Decided, ...], *, json: bool) -> None:
    if json:
        output.answers(found)
        return
    for one in found:
        version = f" as version {one.version}" if one.version else ""
        waits = f"; it still waits for {waits_for(one)}" if one.waiting_for else ""
        output.line(f"{one.group}: {one.state}{version}{waits}")


@app.command()
def withdraw(group: str, comment: Comment = "", home: options.Home = None) -> None:
    """Take a change of yours back."""
    with workbench(home) as wb:
        done = wb.withdraw(group, comment=comment)
    output.line(f"{done.group}: {done.state}")
