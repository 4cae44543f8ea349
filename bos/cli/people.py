"""``bos people`` and ``bos role``: who BOS knows, what they hold, and who stands in for whom."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from bos.cli import options, output
from bos.cli.connection import workbench

if TYPE_CHECKING:
    from bos.model.answers.people import Binding, Departure, Duty

app = typer.Typer(help="People, groups, and who stands in for whom.", no_args_is_help=True, rich_markup_mode=None)
roles = typer.Typer(help="Roles: who holds which, where and how long.", no_args_is_help=True, rich_markup_mode=None)

Why = Annotated[str, typer.Option("--why", metavar="TEXT", help="Why; stands in the journal.")]
From = Annotated[
    str | None, typer.Option("--from", metavar="TIME", help="A date (UTC), or a time with offset; now without it.")
]
Until = Annotated[
    str | None, typer.Option("--until", metavar="TIME", help="When it is over: a date (UTC), or a time with offset.")
]


@app.command("list")
def list_(home: options.Home = None, json: options.Json = False) -> None:  # noqa: FBT002 - a flag
    """List the people BOS knows with the roles they hold now."""
    with workbench(home) as wb:
        found = wb.people.list()
    if json:
        output.answers(found)
        return
    rows = [
        (
            one.person,
            one.display,
            one.source,
            ", ".join(_held(held) for held in one.bindings),
            output.when(one.disabled_at),
        )
        for one in found
    ]
    output.table(("Person", "Name", "From", "Holds", "Disabled"), rows)


def _held(held: "Binding") -> str:
    return held.role_title if held.scope == "all" else f"{held.role_title} ({held.scope} {held.value})"


@app.command()
def owners(
    document: Annotated[str, typer.Argument(metavar="[KIND/]ID", help="A flow, field by field; else all flows.")] = "",
    role: Annotated[str | None, typer.Option("--role", help="Only what this role answers for.")] = None,
    person: Annotated[str | None, typer.Option("--person", help="Only what this person answers for.")] = None,
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Show who owns what: the roles that answer for flows or for the fields of one, and who holds these."""
    with workbench(home) as wb:
        if document:
            kind, slash, name = document.rpartition("/")
            parts = [
                one
                for one in wb.documents(kind if slash else "template").owners(name)
                if role in {None, one.role} and (person is None or person in one.people)
            ]
        else:
            flows = wb.people.owners(role=role, person=person)
    if json:
        output.answers(parts if document else flows)
    elif document:
        told = [(one.what, ", ".join(one.fields), one.role_title, _people(one.people)) for one in parts]
        output.table(("Part", "Fields", "Role", "Held by"), told, empty="Nothing there is theirs.")
    else:
        rows = [(one.id, one.title, held.role_title, _people(held.people)) for one in flows for held in one.holders]
        output.table(("Flow", "Title", "Role", "Held by"), rows, empty="There are no such flows.")


def _people(people: tuple[str, ...]) -> str:
    return ", ".join(people) or "nobody"


@app.command()
def add(
    person: str,
    name: Annotated[str, typer.Option("--name", help="The name people read.")],
    why: Why,
    email: Annotated[str, typer.Option("--email", help="Where notices go.")] = "",
    home: options.Home = None,
) -> None:
    """Let BOS know somebody; they hold nothing yet."""
    with workbench(home) as wb:
        done = wb.people.add(person, display=name, email=email, rationale=why)
    output.line(f"BOS knows {done.display} ({done.person}).")


@app.command()
def identity(
    person: str,
    why: Why,
    known_as: Annotated[
        list[str] | None, typer.Option("--known-as", help="An address their commits in git carry; again for more.")
    ] = None,
    home: options.Home = None,
) -> None:
    """Say by what else somebody is known, all of it; who submits from git is looked up by this."""
    with workbench(home) as wb:
        done = wb.people.identities(person, known_as or (), rationale=why)
    known = ", ".join(done.identities) or "nothing else"
    output.line(f"{done.display} is known by {known}, besides the id {done.person}.")


@app.command()
def departure(person: str, home: options.Home = None, json: options.Json = False) -> None:  # noqa: FBT002 - a flag
    """Say what only this person serves, and who would hear of it if they left."""
    with workbench(home) as wb:
        found = wb.people.departure(person)
    if json:
        output.as_json(found.model_dump(mode="json"))
    else:
        _duties(found)


@app.command()
def disable(person: str, why: Why, home: options.Home = None, json: options.Json = False) -> None:  # noqa: FBT002 - a flag
    """Let somebody in no more; what only they served is listed, and whoever has to serve it is told."""
    with workbench(home) as wb:
        found = wb.people.disable(person, rationale=why)
    if json:
        output.as_json(found.model_dump(mode="json"))
        return
    output.line(f"{person} is let in no more.")
    _duties(found)


def _place(duty: "Duty") -> str:
    return f"{duty.title} ({duty.id})" if duty.what == "token" else f"{duty.kind}/{duty.id}"


def _duties(found: "Departure") -> None:
    rows = [(duty.what, _place(duty), duty.role_title, duty.words) for duty in found.duties]
    output.table(("Only they", "Where", "As", "What"), rows, empty="Nothing that others do not serve too.")
    if found.duties:
        output.line(f"Told: {', '.join(found.told) or 'nobody is there to be told'}.")
    if found.handed_on:
        output.line(f"Signatures that wait for others: {found.handed_on}.")


@app.command()
def enable(person: str, why: Why, home: options.Home = None) -> None:
    """Let somebody in again, with the roles that still hold."""
    with workbench(home) as wb:
        done = wb.people.enable(person, rationale=why)
    output.line(f"{done.display} is let in again.")


@app.command("sign-on")
def sign_on(person: str, why: Why, home: options.Home = None) -> None:
    """Forget who somebody is at the provider of the sign-on, whose account there was made anew.

    Who signs in under their id next, is they. Their sessions end.
    """
    with workbench(home) as wb:
        done = wb.people.forget_sign_on(person, rationale=why)
    output.line(f"Who signs in as {done.person} next, is {done.display}.")


@app.command()
def group(
    name: str,
    why: Why,
    title: Annotated[str, typer.Option("--title", help="What people call it.")],
    member: Annotated[list[str] | None, typer.Option("--member", metavar="PERSON", help="Repeat for each.")] = None,
    follows: Annotated[
        str, typer.Option("--follows", metavar="GROUP", help="Instead: the group of the sign-on that says who.")
    ] = "",
    home: options.Home = None,
) -> None:
    """Make a group of people, or say anew who is in it."""
    with workbench(home) as wb:
        done = wb.people.set_group(name, title=title, members=member or (), follows=follows, rationale=why)
    followed = f" It follows {done.follows} of the sign-on." if done.follows else ""
    output.line(f"In {done.group}: {', '.join(done.members) or 'nobody'}.{followed}")


@app.command()
def groups(home: options.Home = None, json: options.Json = False) -> None:  # noqa: FBT002 - a flag
    """List the groups of people."""
    with workbench(home) as wb:
        found = wb.people.groups()
    if json:
        output.answers(found)
    else:
        rows = [(one.group, one.title, ", ".join(one.members), one.follows) for one in found]
        output.table(("Group", "Title", "Members", "Follows"), rows)


@app.command()
def delegate(
    delegate: str,
    why: Why,
    until: options.Until,
    start: From = None,
    person: Annotated[str | None, typer.Option("--for", metavar="PERSON", help="Instead of yourself.")] = None,
    home: options.Home = None,
) -> None:
    """Let somebody stand in for you, or as administrator for another."""
    with workbench(home) as wb:
        done = wb.people.delegate(
            delegate, person=person, starts=options.moment(start, "--from"), ends=options.moment(until, "--until"),
            rationale=why,
        )  # fmt: skip
    output.line(f"{done.delegate} stands in for {done.person} until {output.when(done.ends)} ({done.delegation}).")


@app.command()
def delegations(home: options.Home = None, json: options.Json = False) -> None:  # noqa: FBT002 - a flag
    """List who stands in for whom."""
    with workbench(home) as wb:
        found = wb.people.delegations()
    if json:
        output.answers(found)
        return
    rows = [
        (d.delegation, d.person, d.delegate, output.when(d.starts), output.when(d.ends), d.rationale) for d in found
    ]
    output.table(
        ("Delegation", "For", "Stands in", "From", "Until", "Why"), rows, empty="Nobody stands in for anybody."
    )


@app.command("end-delegation")
def end_delegation(delegation: str, why: Why, home: options.Home = None) -> None:
    """Let nobody stand in any more, from now on."""
    with workbench(home) as wb:
        done = wb.people.end_delegation(delegation, rationale=why)
    output.line(f"{done.delegate} stands in for {done.person} no more.")


@roles.command("list")
def list_roles(
    role: Annotated[str | None, typer.Option("--role", help="Only this one.")] = None,
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """List who holds which role, where and how long."""
    with workbench(home) as wb:
        found = wb.people.roles(role=role)
    if json:
        output.answers(found)
        return
    rows = [
        (b.binding, b.role, b.person or f"group {b.group}", b.scope if b.scope == "all" else f"{b.scope} {b.value}",
         output.when(b.starts), output.when(b.ends), b.rationale)
        for b in found
    ]  # fmt: skip
    output.table(("Binding", "Role", "Who", "Where", "From", "Until", "Why"), rows)


@roles.command()
def give(
    role: str,
    why: Why,
    to: Annotated[str | None, typer.Option("--to", metavar="PERSON", help="The person.")] = None,
    group: Annotated[str | None, typer.Option("--group", help="Instead of a person.")] = None,
    flow: Annotated[str | None, typer.Option("--flow", help="On this flow only.")] = None,
    tag: Annotated[str | None, typer.Option("--tag", help="On flows with this tag only.")] = None,
    start: From = None,
    until: Until = None,
    home: options.Home = None,
) -> None:
    """Give a role to a person or a group: on all flows, one flow, or those with a tag."""
    scope: Literal["all", "flow", "tag"] = "flow" if flow else "tag" if tag else "all"
    if flow and tag:
        raise typer.BadParameter("Name a flow or a tag, not both.")
    with workbench(home) as wb:
        done = wb.people.give(
            role, person=to, group=group, scope=scope, value=flow or tag or "",
            starts=options.moment(start, "--from"), ends=options.moment(until, "--until"), rationale=why,
        )  # fmt: skip
    output.line(f"{done.person or done.group} holds {_held(done)} ({done.binding}).")


@app.command()
def erase(person: str, why: Why, home: options.Home = None) -> None:
    """Erase name and addresses of somebody who is let in no more, for good; what they did stays under their id."""
    with workbench(home) as wb:
        done = wb.people.erase(person, rationale=why)
    output.line(f"Name and addresses of {done.person} are erased.")


@roles.command()
def end(binding: str, why: Why, home: options.Home = None) -> None:
    """Take a role back, from now on."""
    with workbench(home) as wb:
        done = wb.people.end(binding, rationale=why)
    output.line(f"{done.person or done.group} holds {_held(done)} no more.")


@roles.command()
def rights(home: options.Home = None, json: options.Json = False) -> None:  # noqa: FBT002 - a flag
    """List what can be done, and the roles that allow it."""
    with workbench(home) as wb:
        found = wb.people.rights()
    if json:
        output.answers(found)
        return
    everybody = "whoever is signed in"
    output.table(("Right", "To", "Roles"), [(r.right, r.meaning, ", ".join(r.roles) or everybody) for r in found])
