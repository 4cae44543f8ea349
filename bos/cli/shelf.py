"""Commands of documents that flows share: the same for each kind."""

import typer

from bos.cli import options, output
from bos.cli.connection import workbench
from bos.model.kinds import noun


def lists(app: typer.Typer, kind: str) -> None:
    """Give an app the commands that list and show the documents of a kind."""
    name = noun(kind)

    @app.command("list", help=f"List the {name}s.")
    def _(home: options.Home = None, json: options.Json = False) -> None:  # noqa: FBT002 - a flag
        with workbench(home) as wb:
            found = list(wb.documents(kind).list())
        if json:
            output.answers(found)
            return
        rows = [(row.id, row.title, row.version, row.state, row.owner) for row in found]
        output.table((name.capitalize(), "Title", "Version", "State", "Owner"), rows, empty=f"No {name}s.")

    @app.command("show", help=f"Print a {name} as YAML; --json prints all that is known of it.")
    def _(id: str, home: options.Home = None, json: options.Json = False) -> None:  # noqa: A002, FBT002 - its name; a flag
        with workbench(home) as wb:
            answer = wb.documents(kind).get(id)
        if json:
            output.as_json(answer.model_dump(mode="json"))
        else:
            output.as_yaml(answer.document)
