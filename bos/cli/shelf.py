"""Commands of documents that flows share: the same for each kind."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from bos.cli import options, output
from bos.cli.connection import workbench
from bos.cli.document_file import read
from bos.cli.template import Base, applied
from bos.model.kinds import noun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from bos.client.workbench import Workbench
    from bos.model.answers.documents import ProblemAnswer

    Look = Callable[[Workbench, Mapping[str, Any]], Iterable[ProblemAnswer]]


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


def applies(app: typer.Typer, kind: str, *, look: "Look | None" = None) -> None:
    """Give an app the command that makes or changes a document of a kind; what ``look`` then finds wrong is noted."""

    @app.command("apply", help=f"Make or change a {noun(kind)} from a YAML or JSON file.")
    def _(
        file: Path,
        rationale: options.Rationale,
        base: Base = None,
        home: options.Home = None,
        json: options.Json = False,  # noqa: FBT002 - a flag
    ) -> None:
        content = read(file)
        with workbench(home) as wb:
            applied(wb.documents(kind), content, file, rationale, base=base, json=json)
            wrong = list(look(wb, content)) if look else []
        for one in wrong:
            output.note(f"It cannot be used here as it is. {one.path}: {one.message} {one.hint}".rstrip())
