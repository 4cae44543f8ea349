"""``bos audit``: the journal."""

from pathlib import Path

import typer

from bos.cli import options, output
from bos.cli.connection import workbench

app = typer.Typer(help="The journal of everything that was done.", no_args_is_help=True, rich_markup_mode=None)


@app.command()
def verify(home: options.Home = None, json: options.Json = False) -> None:  # noqa: FBT002 - a flag
    """Check that nothing in the journal was changed; the status is 1 when something was."""
    with workbench(home) as wb:
        found = wb.audit_verify()
    if json:
        output.as_json(found.model_dump(mode="json"))
    elif found.ok:
        output.line(f"The journal is whole: {found.entries} entries, head {found.head}.")
    else:
        output.line(f"The journal is broken at entry {found.broken}: {found.reason}")
    raise typer.Exit(0 if found.ok else 1)


@app.command()
def export(file: Path, home: options.Home = None, json: options.Json = False) -> None:  # noqa: FBT002 - a flag
    """Write the journal to a file, whole or not at all."""
    with workbench(home) as wb:
        entries = wb.audit_export(file)
    if json:
        output.as_json({"file": str(file), "entries": entries})
    else:
        output.line(f"{entries} entries written to {file}.")
