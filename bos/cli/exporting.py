"""``bos template export``: a template for other tools."""

from pathlib import Path
from typing import Annotated

import typer

from bos.cli import options, output
from bos.cli.connection import workbench
from bos.model.answers.exports import TemplateFormat


def register(app: typer.Typer) -> None:
    """Add the command to those of templates."""
    app.command()(export)


def export(
    id: str,  # noqa: A002 - its name
    to: Annotated[TemplateFormat, typer.Option("--to", help="What the file is for.")],  # noqa: ARG001 - there is one
    out: Annotated[Path, typer.Option("--out", metavar="PATH", help="A file, or a folder for its own name.")] = Path(),
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Export the objectives of a template as a file for other tools, and print what it cannot carry."""
    with workbench(home) as wb:
        done = wb.flow(id).openslo()
        output.exported(done.notes, done.write(out), json=json)
