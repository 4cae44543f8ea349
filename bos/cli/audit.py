"""``bos audit``: the journal."""

from pathlib import Path
from typing import Annotated

import typer

from bos.cli import options, output
from bos.cli.connection import workbench
from bos.resources import share

app = typer.Typer(help="The journal of everything that was done.", no_args_is_help=True, rich_markup_mode=None)


@app.command()
def verify(
    checkpoint: Annotated[
        list[str] | None, typer.Option("--checkpoint", metavar="WORD", help="One kept elsewhere; again for more.")
    ] = None,
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Check that nothing in the journal was changed or cut off; the status is 1 when something was."""
    with workbench(home) as wb:
        found = wb.audit_verify(*(checkpoint or ()))
    if json:
        output.as_json(found.model_dump(mode="json"))
    elif found.ok:
        output.line(f"The journal is whole: {found.entries} entries, head {found.head}.")
        output.line(f"{found.checkpoints} checkpoints agree; the newest signed entry {found.signed}.")
    else:
        output.line(f"The journal is broken at entry {found.broken}: {found.reason}")
    raise typer.Exit(0 if found.ok else 1)


@app.command()
def checkpoint(home: options.Home = None, json: options.Json = False) -> None:  # noqa: FBT002 - a flag
    """Sign the last entry of the journal: keep the word elsewhere, it shows later that nothing was cut off."""
    with workbench(home) as wb:
        found = wb.audit_checkpoint()
    if json:
        output.as_json(found.model_dump(mode="json"))
        return
    output.line(found.text)
    output.line(f"Public key: {found.key}")


@app.command()
def obligations(home: options.Home = None, json: options.Json = False) -> None:  # noqa: FBT002 - a flag
    """List each rule a KPI is evidence for: field, owner, evidence, and what is missing."""
    with workbench(home) as wb:
        found = wb.obligations()
    if json:
        output.answers(found)
        return
    rows = [
        (
            one.regulation,
            f"{one.flow} · {one.title}",
            one.target,
            f"{one.owner_title}: {', '.join(one.people) or 'nobody'}",
            one.approval,
            one.evidence,
            " ".join(one.gaps) or "nothing",
        )
        for one in found
    ]
    head = ("Rule", "KPI", "Target", "Answers for it", "Approval", "Evidence", "Missing")
    output.table(head, rows, empty="No KPI names a regulation.")


@app.command()
def verifier() -> None:
    """Print the program that checks an export without BOS."""
    for text in (share("data") / "verify_journal.py").read_text(encoding="utf-8").splitlines():
        output.line(text)


@app.command()
def export(file: Path, home: options.Home = None, json: options.Json = False) -> None:  # noqa: FBT002 - a flag
    """Write the journal to a file, whole or not at all."""
    with workbench(home) as wb:
        entries = wb.audit_export(file)
    if json:
        output.as_json({"file": str(file), "entries": entries})
    else:
        output.line(f"{entries} entries written to {file}.")
