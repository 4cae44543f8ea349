"""``bos feedback``: what people say about a flow."""

from typing import Annotated, Literal

import typer

from bos.cli import options, output
from bos.cli.connection import workbench
from bos.model.answers.feedback import FeedbackAnswer

app = typer.Typer(help="Feedback on a flow.", no_args_is_help=True, rich_markup_mode=None)


@app.command()
def add(
    flow: str,
    text: str,
    type: Annotated[Literal["question", "problem", "idea", "praise"], typer.Option("--type")] = "question",  # noqa: A002 - its name
    panel: Annotated[str, typer.Option("--panel", metavar="ID", help="The panel it is about.")] = "",
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Say something about a flow or a panel of its dashboard."""
    with workbench(home) as wb:
        done = wb.flow(flow).give_feedback(text, type=type, panel=panel)
    if json:
        output.as_json(done.model_dump(mode="json"))
    else:
        output.line(f"Kept as {done.id}.")


@app.command("list")
def list_(flow: str, home: options.Home = None, json: options.Json = False) -> None:  # noqa: FBT002 - a flag
    """List the feedback of a flow, newest first."""
    with workbench(home) as wb:
        found = list(wb.flow(flow).feedback())
    if json:
        output.answers(found)
        return
    rows = [
        (f.id, output.when(f.at), f.author, f.type, f.panel, f.title, f.status, f.answer, _elsewhere(f)) for f in found
    ]
    names = ("Feedback", "At", "Who", "Kind", "Panel", "What", "Status", "Answer", "Elsewhere")
    output.table(names, rows, empty="No feedback.")


def _elsewhere(said: FeedbackAnswer) -> str:
    return "; ".join(one.words for one in said.receipts)


@app.command()
def show(
    id: str,  # noqa: A002 - its name
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Show feedback: what was said, what became of it, and where it is in the systems that were told of it."""
    with workbench(home) as wb:
        found = wb.show_feedback(id)
    if json:
        output.as_json(found.model_dump(mode="json"))
        return
    output.line(found.text)
    output.line(
        f"{found.type.capitalize()} of {found.author}, {output.when(found.at)}, about {found.panel or 'the flow'}"
    )
    output.line(f"{found.status.capitalize()}{f': {found.answer}' if found.answer else ''}")
    rows = [(one.words, one.connection, one.link, output.when(one.asked_at)) for one in found.receipts]
    output.table(("Elsewhere", "Told to", "Link", "Asked"), rows, empty="No system was told of it.")


@app.command()
def resolve(
    id: str,  # noqa: A002 - its name
    status: Annotated[Literal["done", "declined", "planned"], typer.Option("--status", help="What became of it.")],
    answer: Annotated[str, typer.Option("--answer", metavar="TEXT", help="For the person who gave it.")],
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Say what became of feedback."""
    with workbench(home) as wb:
        done = wb.resolve_feedback(id, status=status, answer=answer)
    if json:
        output.as_json(done.model_dump(mode="json"))
    else:
        output.line(f"{done.id} is {done.status}.")
