"""``bos signal``: signals."""

import typer

from bos.cli import options, output
from bos.cli.connection import workbench

app = typer.Typer(help="Signals of processes and systems.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_(home: options.Home = None, json: options.Json = False) -> None:  # noqa: FBT002 - a flag
    """List the signals."""
    with workbench(home) as wb:
        found = list(wb.signals.list())
    if json:
        output.answers(found)
        return
    rows = [(row.id, row.title, row.version, row.state, row.owner) for row in found]
    output.table(("Signal", "Title", "Version", "State", "Owner"), rows, empty="No signals.")


@app.command()
def show(id: str, home: options.Home = None, json: options.Json = False) -> None:  # noqa: A002, FBT002 - its name; a flag
    """Print a signal as YAML; --json prints all that is known of it."""
    with workbench(home) as wb:
        answer = wb.signals.get(id)
    if json:
        output.as_json(answer.model_dump(mode="json"))
    else:
        output.as_yaml(answer.document)


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
