"""``bos search``: finds documents and KPIs."""

from typing import Annotated, Any

import typer

from bos.cli import options, output
from bos.cli.connection import workbench
from bos.errors import UsageError
from bos.model.kinds import FOUND

_Text = Annotated[str, typer.Argument(help='Words, "a phrase", -without; none lists all that fits the options.')]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("search")(search)


def _filter(name: str, metavar: str, help_: str) -> Any:
    return typer.Option(name, metavar=metavar, help=help_)


def search(
    text: _Text = "",
    kind: Annotated[list[str] | None, _filter("--kind", "KIND", "template, kpi, signal, …; may be repeated.")] = None,
    tag: Annotated[str | None, _filter("--tag", "TAG", "With this tag.")] = None,
    owner: Annotated[str | None, _filter("--owner", "ROLE", "What belongs to this role.")] = None,
    role: Annotated[str | None, _filter("--role", "ROLE", "With a field this role answers for.")] = None,
    state: Annotated[str | None, _filter("--state", "STATE", "In this state.")] = None,
    uses: Annotated[str | None, _filter("--uses", "KIND/ID", "What refers to this document.")] = None,
    step: Annotated[str | None, _filter("--step", "STEP", "What has to do with this step.")] = None,
    system: Annotated[str | None, _filter("--system", "SYSTEM", "What depends on this system.")] = None,
    regulation: Annotated[str | None, _filter("--regulation", "TEXT", "What is evidence for this rule.")] = None,
    filters: Annotated[bool, typer.Option("--filters", help="List the values of the options instead.")] = False,  # noqa: FBT002 - a flag
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="Hits to show.")] = 20,
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Find flows, KPIs, signals, dashboards and feedback by words, and by what they have to do with."""
    for name in kind or ():
        if name not in FOUND:
            raise UsageError(
                f"There is nothing called {name!r}.", where="--kind", hint=f"Kinds are {', '.join(FOUND)}."
            )
    with workbench(home) as wb:
        if filters:
            values = list(wb.search.filters())
        else:
            hits = list(
                wb.search(
                    text, kinds=tuple(kind or ()), tag=tag, owner=owner, role=role, state=state, uses=uses, step=step,
                    system=system, regulation=regulation, limit=limit,
                )
            )  # fmt: skip
    if json:
        output.answers(values if filters else hits)
    elif filters:
        rows = [(one.filter, one.value, one.label, one.count) for one in values]
        output.table(("Option", "Value", "Called", "Hits"), rows, empty="There is nothing to find yet.")
    else:
        found = [(hit.kind, hit.id, hit.title, hit.state, hit.snippet.replace("**", "")) for hit in hits]
        output.table(("Kind", "Id", "Title", "State", "Found"), found, empty="Nothing fits.")
