"""``bos token``: tokens by which programs call as you."""

from typing import Annotated, Literal

import typer

from bos.cli import options, output
from bos.cli.connection import workbench
from bos.cli.people import Why

app = typer.Typer(help="Tokens: by which programs call as you.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_(
    everybody: Annotated[bool, typer.Option("--everybody", help="Of all people; for administrators.")] = False,  # noqa: FBT002 - a flag
    ended: Annotated[bool, typer.Option("--ended", help="Also those that are good no more.")] = False,  # noqa: FBT002 - a flag
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """List your tokens; their secrets are told by nobody."""
    with workbench(home) as wb:
        found = wb.tokens.list(everybody=everybody, ended=ended)
    if json:
        output.answers(found)
        return
    rows = [
        (one.token, one.title, one.kind, one.person, one.scope if one.scope == "all" else f"{one.scope} {one.value}",
         output.when(one.expires_at), output.when(one.used_at), output.when(one.ended_at))
        for one in found
    ]  # fmt: skip
    head = ("Token", "For", "Kind", "Whose", "Where", "Expires", "Used", "Ended")
    output.table(head, rows, empty="You have no tokens.")


@app.command()
def make(
    title: str,
    why: Why,
    right: Annotated[
        list[str], typer.Option("--right", help="What it may do: read, write, or a row of `bos role rights`; repeat.")
    ],
    days: Annotated[int, typer.Option("--days", min=1, help="How long: at most 90, with --service 366.")] = 30,
    service: Annotated[bool, typer.Option("--service", help="For a program that others rely on.")] = False,  # noqa: FBT002 - a flag
    flow: Annotated[str | None, typer.Option("--flow", help="For this flow only.")] = None,
    tag: Annotated[str | None, typer.Option("--tag", help="For flows with this tag only.")] = None,
    home: options.Home = None,
) -> None:
    """Make a token and print its secret, alone on standard output; it is never shown again."""
    if flow and tag:
        raise typer.BadParameter("Name a flow or a tag, not both.")
    scope: Literal["all", "flow", "tag"] = "flow" if flow else "tag" if tag else "all"
    with workbench(home) as wb:
        made = wb.tokens.make(
            title, rights=right, days=days, kind="service" if service else "personal", scope=scope,
            value=flow or tag or "", rationale=why,
        )  # fmt: skip
    output.note(f"Token {made.token} acts as {made.person} until {output.when(made.expires_at)}. Keep its secret safe:")
    output.line(made.secret)


@app.command()
def end(token: str, why: Why, home: options.Home = None) -> None:
    """Let a token be good no more, from now on."""
    with workbench(home) as wb:
        done = wb.tokens.end(token, rationale=why)
    output.line(f"{done.title!r} is good no more.")
