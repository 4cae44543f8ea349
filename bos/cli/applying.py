"""Files that make or change documents: the command of each kind, and what it says of what it did."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bos.cli import options, output
from bos.cli.change import waits_for
from bos.cli.connection import workbench
from bos.cli.document_file import read, refuse_unwritable
from bos.client.documents import Documents
from bos.errors import NotFound, UsageError
from bos.model.answers.changes import Submitted
from bos.model.kinds import noun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from bos.client.workbench import Workbench
    from bos.model.answers.documents import ProblemAnswer

    Look = Callable[[Workbench, Mapping[str, Any]], Iterable[ProblemAnswer]]

Base = Annotated[
    int | None, typer.Option("--base", metavar="N", help="The version that the file was taken from; the live one.")
]


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


def told(done: Submitted, *, json: bool) -> None:
    """Print what a submission did."""
    if json:
        output.as_json(done.model_dump(mode="json"))
        return
    output.line(f"{noun(done.kind)} {done.id} is at version {done.version}; {len(done.live)} fields went live.")
    for word, groups in (("Live, not approved yet", done.provisional), ("Held", done.held)):
        for group in groups:
            output.line(f"{word}: {', '.join(group.paths)} · waits for {waits_for(group)}")


def applied(
    documents: Documents, content: dict[str, Any], file: Path, rationale: str, *, base: int | None, json: bool
) -> None:
    """Make a document of what a file holds, or submit it on a version, by default the live one; print what it did."""
    refuse_unwritable(content, file)
    name = content.get("id")
    if not isinstance(name, str) or not name:
        raise UsageError("The document has no id.", where=str(file), hint="Give it one: id: my-name.")
    if "/" in name:  # no address could have it
        hint = "An id has lower case letters, digits, dots, hyphens and underscores."
        raise UsageError(f"{name!r} is no id.", where=str(file), hint=hint)
    if base is None:
        with suppress(NotFound):
            base = documents.get(name).version
    done = documents.put(name, content, rationale=rationale, base_version=base)
    told(done, json=json)
    if base is not None and not json:
        _told_beside(documents, done, base, rationale)


def _told_beside(documents: Documents, done: Submitted, base: int, rationale: str) -> None:
    """Print what a submission changed, whose version was live before, and what others changed since ``base``."""
    versions = [row for row in documents.history(done.id) if row.version <= done.version]
    if versions and (done.live or done.provisional) and versions[0].rationale == rationale:
        versions = versions[1:]
    if done.live and versions:
        before = versions[0]
        output.line(f"Changed: {', '.join(done.live)}. Before it was version {before.version}, by {before.author}.")
    for row in versions:
        if row.version > base:
            output.line(f"Live, too: version {row.version}, by {row.author}: {'; '.join(row.text)}")
