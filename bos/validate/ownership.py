"""Rules about roles: every field has exactly one accountable role, and it is one that can sign."""

from __future__ import annotations

from collections import defaultdict
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from bos.errors import Problem
from bos.model.fields import FIELDS, pattern_of, sections
from bos.model.ownership import accountable
from bos.model.paths import flatten, item_of
from bos.model.roles import ROLES, SIGNING_ROLES

if TYPE_CHECKING:
    from collections.abc import Iterator


def owner_problems(document: dict[str, Any]) -> Iterator[Problem]:
    """Yield a problem when the owner of a document is no role that can sign."""
    yield from _role("owner", document["owner"])


def problems(document: dict[str, Any]) -> Iterator[Problem]:
    """Yield the ownership problems of a template."""
    yield from owner_problems(document)
    known = _coverable(document)
    by_cover = defaultdict(list)
    for row in document["ownership"]:
        by_cover[row["covers"]].append(row)
        yield from _role(f"ownership[{row['id']}].accountable", row["accountable"])
        if row["covers"] not in known:
            near = get_close_matches(row["covers"], known, n=1)
            yield Problem(
                f"ownership[{row['id']}].covers",
                f"There is no section or field called {row['covers']!r}.",
                f"Did you mean {near[0]}?" if near else f"Sections are {', '.join(sections('template'))}.",
                "ownership.covers",
                (row["covers"],) if "[" in row["covers"] else (),
            )
    yield from _twice(by_cover)
    yield from _nobody(document)


def _role(path: str, role: str) -> Iterator[Problem]:
    if role in SIGNING_ROLES:
        return
    why = "cannot answer for a field" if role in ROLES else "is not a role"
    yield Problem(path, f"{role!r} {why}.", f"Roles are {', '.join(sorted(SIGNING_ROLES))}.", "ownership.role")


def _coverable(document: dict[str, Any]) -> set[str]:
    """Return everything an assignment may cover: sections, items, fields."""
    paths = set(flatten("template", document))
    return paths | {item for path in paths if (item := item_of(path))} | set(sections("template"))


def _twice(by_cover: dict[str, list[dict[str, Any]]]) -> Iterator[Problem]:
    for covers, rows in by_cover.items():
        if len(rows) > 1:
            roles = ", ".join(row["accountable"] for row in rows)
            others = tuple(f"ownership[{row['id']}].covers" for row in rows[:-1])
            yield Problem(
                f"ownership[{rows[-1]['id']}].covers",
                f"{covers} has {len(rows)} accountable roles: {roles}.",
                "Exactly one role answers for a field; keep one.",
                "ownership.twice",
                others,
            )


def _nobody(document: dict[str, Any]) -> Iterator[Problem]:
    bare = defaultdict(list)
    for path in flatten("template", document):
        if accountable(document, path) is None:
            bare[FIELDS["template"][pattern_of(path)].section].append(path)
    for section, paths in bare.items():
        yield Problem(
            "ownership[]",
            f"Nobody answers for {paths[0]}{f' and {len(paths) - 1} more fields' if len(paths) > 1 else ''}.",
            f"Add an accountable role that covers {section}.",
            "ownership.nobody",
            tuple(dict.fromkeys(item for path in paths if (item := item_of(path)))),
        )
