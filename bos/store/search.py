"""Search: a row a document, looked through by words, tag, owner, state and relation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import (
    Double,
    Integer,
    Text,
    and_,
    case,
    cast,
    delete,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert

from bos.model.ownership import accountable, owner_of
from bos.model.scope import EVERYWHERE, Reach
from bos.store import facets
from bos.store.places import within
from bos.store.tables import document, relation, search, version

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Row, Select

BODY = 100_000
"""Characters of a document that are looked through, beyond title, tags and description."""

CANDIDATES = 1000
"""Matches of a kind that are ranked; a question that fits more documents ranks the ones found first."""

Column = Literal["tag", "owner", "role", "state"]
COLUMNS: tuple[Column, ...] = ("tag", "owner", "role", "state")

_SNIPPET = "StartSel=**, StopSel=**, MaxWords=24, MinWords=8, MaxFragments=1"
_ENGLISH: ColumnElement[Any] = literal_column("'english'")
_SIMPLE: ColumnElement[Any] = literal_column("'simple'")
_PLAIN = re.compile(r"\w+")
_SPLIT = re.compile(r"[._-]+")
_OR = re.compile(r"\bor\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which documents are meant. ``uses`` is kind and id of a document they must refer to.

    One of ``roles`` answers for a field of the document; ``facets`` are names and values of :mod:`bos.store.facets`,
    all of which it must have. ``reach`` is what whoever asks may see.
    """

    tag: str | None = None
    owner: str | None = None
    roles: tuple[str, ...] | None = None
    state: str | None = None
    uses: tuple[str, str] | None = None
    facets: tuple[tuple[str, str], ...] = ()
    retired: bool = False
    reach: Reach = EVERYWHERE


def write(
    connection: Connection, kind: str, document: dict[str, Any], *, version: int, state: str, author: str, at: datetime
) -> None:
    """Write the row of a document, and those of its KPIs, in the place of the ones it had."""
    rest = "\n".join(_texts({k: v for k, v in document.items() if k not in _NAMED}))[:BODY]
    same = {"version": version, "state": state, "author": author, "at": at}
    values = {
        **same,
        "title": document["title"],
        "owner": document["owner"],
        "tags": document["tags"],
        "flow": document["id"] if kind == "template" else document.get("flow", ""),
        "roles": sorted({document["owner"], *(row["accountable"] for row in document.get("ownership", ()))}),
        "body": f"{document['description']}\n{rest}"[:BODY],
        "words": _weighed(_names(document), "\n".join(document["tags"]), document["description"], rest),
    }
    _write(connection, kind, document["id"], values)
    if kind == "template":
        _write_kpis(connection, document, same)


_NAMED = frozenset({"title", "tags", "description"})


def _names(part: dict[str, Any]) -> str:
    return f"{part['title']}\n{part['id']}\n{_SPLIT.sub(' ', part['id'])}"


def _write(connection: Connection, kind: str, id_: str, values: dict[str, Any]) -> None:
    statement = insert(search).values(kind=kind, id=id_, **values)
    keys = [search.c.kind, search.c.id]
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=values))


def _write_kpis(connection: Connection, document: dict[str, Any], same: dict[str, Any]) -> None:
    flow = document["id"]
    names = [f"{flow}/{outcome['id']}" for outcome in document["outcomes"]]
    gone = and_(search.c.kind == "kpi", search.c.flow == flow, search.c.id.not_in(names))
    connection.execute(delete(search).where(gone))
    for name, outcome in zip(names, document["outcomes"], strict=True):
        path, description = f"outcomes[{outcome['id']}]", outcome["description"]
        rest = "\n".join((document["title"], *_texts({k: v for k, v in outcome.items() if k not in _NAMED})))
        roles = {accountable(document, f"{path}.{field}") or document["owner"] for field in outcome}
        values = {
            **same,
            "title": outcome["title"],
            "owner": owner_of("template", document, f"{path}.measure"),
            "tags": outcome["tags"],
            "flow": flow,
            "roles": sorted(roles),
            "body": "\n".join((description, outcome["regulation"], outcome["source"])),
            "words": _weighed(_names(outcome), "\n".join(outcome["tags"]), description, rest),
        }
        _write(connection, "kpi", name, values)


def _weighed(*texts: str) -> ColumnElement[Any]:
    """Return the words of texts, those of the first weighing most."""
    parts = [
        func.setweight(func.to_tsvector(_ENGLISH, part), literal_column(f"'{weight}'"))
        for part, weight in zip(texts, "ABCD", strict=True)
    ]
    found: ColumnElement[Any] = parts[0]
    for part in parts[1:]:
        found = found.op("||")(part)
    return found


def write_state(connection: Connection, kind: str, id_: str, state: str) -> None:
    """Write the state of a document whose content did not change, and of its KPIs."""
    own: ColumnElement[bool] = and_(search.c.kind == kind, search.c.id == id_)
    if kind == "template":
        own = or_(own, and_(search.c.kind == "kpi", search.c.flow == id_))
    connection.execute(update(search).where(own, search.c.state != state).values(state=state))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for below in value.values():
            yield from _texts(below)
    elif isinstance(value, list):
        for below in value:
            yield from _texts(below)


def listing(
    connection: Connection, kind: str, filters: Filters, *, words: str | None, after: str | None, limit: int
) -> list[Row[Any]]:
    """Return rows of a kind by id, those after ``after``."""
    query = select(search).where(*_conditions(kind, filters)).order_by(search.c.id).limit(limit)
    if words is not None:
        query = query.where(search.c.words.op("@@")(_question(words)))
    if after is not None:
        query = query.where(search.c.id > after)
    return list(connection.execute(query))


def documents_of_roles(connection: Connection, roles: Sequence[str]) -> list[Row[Any]]:
    """Return the rows of documents with a field that one of some roles answers for, retired ones left out."""
    named = and_(search.c.roles.overlap(cast(roles, ARRAY(Text))), search.c.kind != "kpi")
    return list(connection.execute(select(search).where(named, search.c.state != "retired").order_by(search.c.id)))


def find(
    connection: Connection,
    words: str,
    filters: Filters,
    kinds: Sequence[str],
    *,
    after: tuple[float, str, str] | None,
    limit: int,
) -> list[Row[Any]]:
    """Return the best rows first, with ``rank`` and ``snippet``; without words, by kind and id."""
    if not words.strip():
        return _unranked(connection, filters, kinds, after=after, limit=limit)
    question = _question(words)
    ranked = union_all(*(_candidates(kind, filters, question) for kind in kinds)).subquery()
    order = (-ranked.c.rank, ranked.c.kind, ranked.c.id)
    query = select(ranked).order_by(*order).limit(limit)
    if after is not None:
        query = query.where(tuple_(*order) > tuple_(*(literal(part) for part in after)))
    best = query.subquery()
    snippet = func.ts_headline(_ENGLISH, search.c.body, question, _SNIPPET)
    shown = (
        select(search, best.c.rank, snippet.label("snippet"))
        .join(best, and_(best.c.kind == search.c.kind, best.c.id == search.c.id))
        .order_by(-best.c.rank, search.c.kind, search.c.id)
    )
    return list(connection.execute(shown))


def values(connection: Connection, name: Column, reach: Reach) -> list[Row[Any]]:
    """Return value, label and count of documents and KPIs of each value of a column, the most frequent first."""
    many = {"tag": search.c.tags, "role": search.c.roles}
    column = func.unnest(many[name]) if name in many else search.c[name]
    there = select(column.label("value")).where(within(search.c.flow, reach))
    if name != "state":
        there = there.where(search.c.state != "retired")
    found = there.subquery()
    count = func.count().label("count")
    query = select(found.c.value, found.c.value.label("label"), count).group_by(found.c.value)
    return list(connection.execute(query.order_by(count.desc(), found.c.value).limit(facets.MOST)))


def of_blueprint(connection: Connection, name: str, reach: Reach) -> list[Row[Any]]:
    """Return the flows made from a blueprint that somebody reaches, ordered by id.

    A row has id, title, n, and of the blueprint's version they remember sha256 and made_from.
    """
    origin = version.c.doc["blueprint"]
    live = and_(document.c.kind == version.c.kind, document.c.id == version.c.id, document.c.head == version.c.n)
    query = (
        select(
            document.c.id,
            version.c.doc["title"].astext.label("title"),
            version.c.n,
            origin["sha256"].astext.label("sha256"),
            origin["version"].astext.cast(Integer).label("made_from"),
        )
        .join(version, live)
        .where(
            document.c.kind == "template",
            document.c.retired.is_(False),
            origin["name"].astext == name,
            within(document.c.id, reach),
        )
    )
    return list(connection.execute(query.order_by(document.c.id)))


def _unranked(
    connection: Connection,
    filters: Filters,
    kinds: Sequence[str],
    *,
    after: tuple[float, str, str] | None,
    limit: int,
) -> list[Row[Any]]:
    plain = (cast(0, Double).label("rank"), literal("").label("snippet"))
    last = after[1:] if after is not None else ("", "")
    parts = [
        select(search.c.kind, search.c.id)
        .where(*_conditions(kind, filters), tuple_(search.c.kind, search.c.id) > tuple_(*map(literal, last)))
        .order_by(search.c.id)
        .limit(limit)
        .subquery()
        for kind in kinds
        if kind >= last[0]
    ]
    if not parts:
        return []
    first = union_all(*(select(part) for part in parts)).subquery()
    mine = and_(first.c.kind == search.c.kind, first.c.id == search.c.id)
    query = select(search, *plain).join(first, mine).order_by(search.c.kind, search.c.id).limit(limit)
    return list(connection.execute(query))


def _candidates(kind: str, filters: Filters, question: ColumnElement[Any]) -> Select[Any]:
    fitting = select(search.c.kind, search.c.id, search.c.words).where(*_conditions(kind, filters))
    some = fitting.where(search.c.words.op("@@")(question)).limit(CANDIDATES).subquery()
    rank = func.ts_rank(literal_column("'{0.05, 0.2, 0.4, 1.0}'"), some.c.words, question)
    return select(some.c.kind, some.c.id, cast(rank, Double).label("rank"))


def _conditions(kind: str, filters: Filters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [search.c.kind == kind]
    if filters.tag is not None:
        found.append(search.c.tags.contains(cast([filters.tag], ARRAY(Text))))
    if filters.owner is not None:
        found.append(search.c.owner == filters.owner)
    if filters.roles is not None:
        found.append(search.c.roles.overlap(cast(filters.roles, ARRAY(Text))))
    if filters.state is not None:
        found.append(search.c.state == filters.state)
    elif not filters.retired:
        found.append(search.c.state != "retired")
    if filters.uses is not None:
        found.append(_uses(kind, *filters.uses))
    found += [facets.has(search, kind, name, value, filters.reach) for name, value in filters.facets]
    if not filters.reach.everywhere:
        found.append(within(search.c.flow, filters.reach))
    return found


def _uses(kind: str, target_kind: str, target: str) -> ColumnElement[bool]:
    """Return the condition that a document of a kind, or the formula of a KPI, refers to a document."""
    mine = and_(relation.c.kind == kind, relation.c.id == search.c.id)
    if kind == "kpi":
        path = func.concat("outcomes[", func.split_part(search.c.id, "/", 2), "].measure")
        mine = and_(relation.c.kind == "template", relation.c.id == search.c.flow, relation.c.path == path)
    return exists().where(mine, relation.c.target_kind == target_kind, relation.c.target == target)


def _question(words: str) -> ColumnElement[Any]:
    """Return a web-style question whose last word may be unfinished."""
    whole = func.websearch_to_tsquery(_ENGLISH, words)
    head, _, last = words.rstrip().rpartition(" ")
    if not _PLAIN.fullmatch(last) or words.count('"') % 2:
        return whole
    # Stemmed, a beginning may be no beginning of the stem ("analy" becomes "anali"), so it is asked for as it is, too.
    begun = func.to_tsquery(_ENGLISH, f"{last}:*").op("||")(func.to_tsquery(_SIMPLE, f"{last}:*"))
    if head:
        begun = func.websearch_to_tsquery(_ENGLISH, head).op("&&")(begun)
    if _OR.search(head):
        return whole.op("||")(begun)
    # What has the whole word has its beginning, so that one is asked alone: twice as quick. A stop word has neither.
    stops = func.numnode(func.websearch_to_tsquery(_ENGLISH, last)) == 0
    return case((stops, whole), else_=begun)
