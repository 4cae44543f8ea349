"""``bos signal``: signals."""

import typer

from bos.cli import applying, options, output, shelf
from bos.cli.connection import workbench

app = typer.Typer(help="Signals of processes and systems.", no_args_is_help=True, rich_markup_mode=None)


shelf.lists(app, "signal")
applying.applies(app, "signal")


@app.command()
def search(text: str, home: options.Home = None, json: options.Json = False) -> None:  # noqa: FBT002 - a flag
    """Find signals by words."""
    with workbench(home) as wb:
        found = list(wb.search(text, kinds=("signal",)))
    if json:
        output.answers(found)
        return
    rows = [(hit.id, hit.title, hit.snippet.replace("**", "")) for hit in found]
    output.table(("Signal", "Title", "Found"), rows, empty="No signal fits.")
