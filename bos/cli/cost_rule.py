"""``bos cost-rule``: what failures cost."""

from pathlib import Path

import typer

from bos.cli import options, output
from bos.cli.connection import workbench
from bos.cli.document_file import read
from bos.cli.template import applied, told

app = typer.Typer(help="Cost rules: what one failure costs.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_(home: options.Home = None, json: options.Json = False) -> None:  # noqa: FBT002 - a flag
    """List the cost rules."""
    with workbench(home) as wb:
        found = list(wb.cost_rules.list())
    if json:
        output.answers(found)
        return
    rows = [(row.id, row.title, row.version, row.state, row.owner) for row in found]
    output.table(("Cost rule", "Title", "Version", "State", "Owner"), rows, empty="No cost rules.")


@app.command()
def show(id: str, home: options.Home = None, json: options.Json = False) -> None:  # noqa: A002, FBT002 - its name; a flag
    """Print a cost rule as YAML; --json prints all that is known of it."""
    with workbench(home) as wb:
        answer = wb.cost_rules.get(id)
    if json:
        output.as_json(answer.model_dump(mode="json"))
    else:
        output.as_yaml(answer.document)


@app.command()
def apply(file: Path, rationale: options.Rationale, home: options.Home = None, json: options.Json = False) -> None:  # noqa: FBT002 - a flag
    """Make or change a cost rule from a YAML or JSON file."""
    content = read(file)
    with workbench(home) as wb:
        done = applied(wb.cost_rules, content, file, rationale)
    told(done, json=json)
