"""``bos template``: templates."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from bos.cli import applying, options, output
from bos.cli.applying import told
from bos.cli.connection import workbench
from bos.cli.document_file import read
from bos.errors import UsageError
from bos.model.answers.documents import Upgrade, UpgradeChange

app = typer.Typer(help="Templates: flows with their signals and KPIs.", no_args_is_help=True, rich_markup_mode=None)
applying.applies(app, "template")

Takes = typer.Option("--mode", help="What is overwritten.")
Why = Annotated[str | None, typer.Option("--rationale", metavar="TEXT", help="Why; without it nothing is done.")]


@app.command()
def create(
    blueprint: Annotated[str, typer.Option("--blueprint", metavar="NAME")],
    id: Annotated[str | None, typer.Option("--id", help="Of the template; the blueprint's name.")] = None,  # noqa: A002 - its name
    title: Annotated[str | None, typer.Option("--title")] = None,
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Make a template from a blueprint."""
    with workbench(home) as wb:
        made = wb.templates.create(blueprint, id=id, title=title)
    if json:
        output.as_json(made.model_dump(mode="json"))
        return
    done = made.template
    waiting = [group for each in (done, *made.others) for group in each.provisional]
    roles = ", ".join(dict.fromkeys(one.role for group in waiting for one in group.waiting_for))
    output.line(f"The template {done.id} was made, at version {done.version}, with {len(made.others)} other documents.")
    if waiting:
        output.line(f"{len(waiting)} values are live and not approved yet; they wait for {roles}.")


@app.command("list")
def list_(home: options.Home = None, json: options.Json = False) -> None:  # noqa: FBT002 - a flag
    """List the templates."""
    with workbench(home) as wb:
        found = list(wb.templates.list())
    if json:
        output.answers(found)
        return
    rows = [(row.id, row.title, row.version, row.state, row.owner) for row in found]
    output.table(("Template", "Title", "Version", "State", "Owner"), rows, empty="No templates.")


@app.command()
def show(
    id: str,  # noqa: A002 - its name
    version: Annotated[int | None, typer.Option("--version", metavar="N")] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="T")] = None,
    format: Annotated[Literal["yaml", "json"], typer.Option("--format")] = "yaml",  # noqa: A002 - its name
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Print a template; --json prints all that is known of it."""
    moment = options.moment(as_of, "--as-of")
    if version is not None and moment is not None:
        raise UsageError("Give --version or --as-of, not both.", where="--as-of")
    with workbench(home) as wb:
        answer = wb.templates.get(id, version=version, as_of=moment)
    if json:
        output.as_json(answer.model_dump(mode="json"))
    else:
        (output.as_json if format == "json" else output.as_yaml)(answer.document)


@app.command()
def history(id: str, home: options.Home = None, json: options.Json = False) -> None:  # noqa: A002, FBT002 - its name; a flag
    """List the versions, newest first."""
    with workbench(home) as wb:
        found = list(wb.templates.history(id))
    if json:
        output.answers(found)
        return
    rows = [(v.version, output.when(v.at), v.author, v.rationale, "; ".join(v.text)) for v in found]
    output.table(("Version", "At", "Author", "Why", "What"), rows)


@app.command()
def diff(id: str, old: int, new: int, home: options.Home = None, json: options.Json = False) -> None:  # noqa: A002, FBT002 - as above
    """Print what changed between two versions."""
    with workbench(home) as wb:
        found = wb.templates.diff(id, old, new)
    if json:
        output.as_json(found.model_dump(mode="json"))
        return
    for text in found.text or ("No difference.",):
        output.line(text)


@app.command()
def rollback(
    id: str,  # noqa: A002 - its name
    version: int,
    rationale: options.Rationale,
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Submit the difference to an older version."""
    with workbench(home) as wb:
        told(wb.templates.rollback(id, version, rationale=rationale), json=json)


@app.command()
def upgrade(
    id: str,  # noqa: A002 - its name
    rationale: Why = None,
    mode: Annotated[
        Literal["all", "unchanged", "pick"], typer.Option("--mode", help="What is overwritten.")
    ] = "unchanged",
    pick: Annotated[
        list[str] | None, typer.Option("--pick", metavar="FIELD", help="Take this field; again for more.")
    ] = None,
    blueprint: Annotated[
        str | None, typer.Option("--blueprint", metavar="NAME", help="Where the template names none.")
    ] = None,
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Show what a newer blueprint would change; with --rationale, take it: what is unchanged here, all, or --pick."""
    with workbench(home) as wb:
        if rationale is None:
            _shown(wb.templates.upgrade(id, blueprint=blueprint), json=json)
            return
        done = wb.templates.apply_upgrade(id, mode, pick=pick or (), blueprint=blueprint, rationale=rationale)
    told(done.template, json=json)
    if not json and done.skipped:
        output.line(f"Left as they are here: {', '.join(done.skipped)}")


def _shown(found: Upgrade, *, json: bool) -> None:
    if json:
        output.as_json(found.model_dump(mode="json"))
        return
    since = f"version {found.from_version}" if found.from_version else "an unknown version"
    output.line(f"Blueprint {found.blueprint}: from {since} to version {found.to_version}.")
    rows = [(one.change.path, one.text, _marks(one)) for one in found.changes]
    output.table(("Field", "Change", ""), rows, empty="Nothing to take.")
    for words, names in (("Would be made", found.needs), ("Shared, left as they are", found.differs)):
        if names:
            output.line(f"{words}: {', '.join(names)}")


def _marks(one: UpgradeChange) -> str:
    said = (("changed here", one.changed_here), ("a proposal waits", one.group), ("critical", one.critical))
    return ", ".join(word for word, on in said if on)


@app.command("upgrade-all")
def upgrade_all(
    blueprint: str,
    rationale: Why = None,
    mode: Annotated[Literal["all", "unchanged"], Takes] = "unchanged",
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="ID", help="Upgrade this template; again for more.")
    ] = None,
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """List the templates of a blueprint; with --rationale, upgrade all, or --only some: each of them, or none."""
    with workbench(home) as wb:
        if rationale is None:
            found = wb.templates.of_blueprint(blueprint)
            if json:
                output.as_json([one.model_dump(mode="json") for one in found])
                return
            rows = [(one.id, one.title, one.from_version, "behind" if one.behind else "up to date") for one in found]
            output.table(("Id", "Title", "Made from version", ""), rows, empty="No template was made from it.")
            return
        done = wb.templates.upgrade_all(blueprint, mode, only=only, rationale=rationale)
    if json:
        output.as_json(done.model_dump(mode="json"))
        return
    output.line(f"Batch {done.batch}:")
    for one in done.submissions:
        told(one, json=False)


@app.command()
def delete(id: str, rationale: options.Rationale, home: options.Home = None, json: options.Json = False) -> None:  # noqa: A002, FBT002 - as above
    """Retire a template; it can be restored."""
    with workbench(home) as wb:
        told(wb.templates.delete(id, rationale=rationale), json=json)


@app.command()
def restore(id: str, rationale: options.Rationale, home: options.Home = None, json: options.Json = False) -> None:  # noqa: A002, FBT002 - as above
    """Bring a retired template back."""
    with workbench(home) as wb:
        told(wb.templates.restore(id, rationale=rationale), json=json)


@app.command()
def validate(target: str, home: options.Home = None, json: options.Json = False) -> None:  # noqa: FBT002 - a flag
    """Print the problems of a file or a template; the status is 1 when there are errors."""
    document = read(Path(target)) if Path(target).is_file() else None
    with workbench(home) as wb:
        name = str(document.get("id") or "") or None if document is not None else target
        found = wb.templates.validate(document or wb.templates.get(target).document, id=name)
    if json:
        output.as_json(found.model_dump(mode="json"))
    else:
        output.problems(found.problems)
    raise typer.Exit(0 if found.valid else 1)
