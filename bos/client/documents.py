"""Documents of one kind: templates, signals or calendars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from bos.client.listing import Listing
from bos.errors import NotFound
from bos.model.answers.changes import BatchSubmitted, Submitted, Waiver
from bos.model.answers.documents import (
    Created,
    Difference,
    DocumentAnswer,
    DocumentRow,
    Draft,
    Instance,
    Relation,
    Upgrade,
    Upgraded,
    Validation,
    VersionRow,
)
from bos.model.answers.owners import OwnedPart
from bos.model.answers.page import Page

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from bos.client.transport import Calls
    from bos.model.diff import Change


COLLECTIONS = {
    "template": "templates",
    "signal": "signals",
    "calendar": "calendars",
    "cost_rule": "cost-rules",
    "connection": "connections",
    "dashboard": "dashboards",
    "schedule": "schedules",
    "policy": "policies",
    "kpi": "kpis",
}
"""Kind → the plural that stands in addresses."""


class Documents:
    """The documents of one kind; every write says why (``rationale``) and is done once.

    Errors are those of ``bos.errors``: NotFound, Conflict, Stale with both values, Invalid with every problem.
    """

    def __init__(self, calls: Calls, collection: str) -> None:
        self._calls = calls
        self._path = f"/api/v1/{collection}"
        self._collection = collection

    def __repr__(self) -> str:
        """Return what this is and how to see more."""
        return f"<{self._collection} of BOS: .list(), .get(id), .put(id, document, rationale=…)>"

    def list(
        self,
        *,
        tag: str | None = None,
        owner: str | None = None,
        state: str | None = None,
        text: str | None = None,
        retired: bool = False,
    ) -> Listing[DocumentRow]:
        """Return the documents by id; retired ones only when asked for."""
        params = {"tag": tag, "owner": owner, "state": state, "text": text, "retired": retired or None}
        return Listing(self._calls.pages(Page[DocumentRow], self._path, params={**params, "limit": 1000}))

    def get(
        self,
        id: str,  # noqa: A002 - the word everywhere
        *,
        version: int | None = None,
        as_of: datetime | None = None,
        view: str = "live",
    ) -> DocumentAnswer:
        """Return a document: live, as a version, as it was at a moment (aware), or ``view="proposed"``."""
        params = {"version": version, "as_of": as_of and as_of.isoformat(), "view": view}
        return self._calls.ask(DocumentAnswer, "GET", self._of(id), params=params)

    def put(
        self,
        id: str,  # noqa: A002 - as above
        document: Mapping[str, Any],
        *,
        rationale: str,
        base_version: int | None = None,
        saw: Iterable[str] = (),
        draft: int | None = None,
        key: str | None = None,
    ) -> Submitted:
        """Make a document, or submit its whole content on ``base_version``; see ``docs/store.md`` for what follows.

        ``draft`` is the revision of your draft that is submitted; it is gone with it. The same ``key`` does it once,
        however often it is asked for.
        """
        body = {"document": dict(document), "rationale": rationale, "saw": list(saw), "draft": draft}
        headers = {"If-None-Match": "*"} if base_version is None else _on(base_version)
        headers |= {"Idempotency-Key": key} if key else {}
        return self._calls.ask(Submitted, "PUT", self._of(id), json=body, headers=headers)

    def submit(
        self,
        id: str,  # noqa: A002 - as above
        changes: Sequence[Change],
        *,
        base_version: int,
        rationale: str,
        saw: Iterable[str] = (),
    ) -> Submitted:
        """Submit changes of fields to a version."""
        body = {
            "base_version": base_version,
            "changes": [change.model_dump(mode="json") for change in changes],
            "rationale": rationale,
            "saw": list(saw),
        }
        return self._calls.ask(Submitted, "POST", f"{self._of(id)}/submissions", json=body)

    def validate(self, document: Mapping[str, Any], *, id: str | None = None) -> Validation:  # noqa: A002
        """Return every problem of a document and what submitting it would do; nothing is stored."""
        return self._calls.ask(
            Validation, "POST", f"{self._path}/validate", json={"document": dict(document), "id": id}
        )

    def delete(self, id: str, *, rationale: str, base_version: int | None = None) -> Submitted:  # noqa: A002
        """Retire a document: it is served read-only from then on."""
        headers = None if base_version is None else _on(base_version)
        return self._calls.ask(Submitted, "DELETE", self._of(id), params={"rationale": rationale}, headers=headers)

    def restore(self, id: str, *, rationale: str) -> Submitted:  # noqa: A002
        """Bring a retired document back, with its approvals."""
        return self._calls.ask(Submitted, "POST", f"{self._of(id)}/restore", json={"rationale": rationale})

    def rollback(
        self,
        id: str,  # noqa: A002 - as above
        version: int,
        *,
        rationale: str,
        base_version: int | None = None,
        saw: Iterable[str] = (),
    ) -> Submitted:
        """Submit the difference to an older version."""
        body = {"version": version, "rationale": rationale, "saw": list(saw)}
        headers = None if base_version is None else _on(base_version)
        return self._calls.ask(Submitted, "POST", f"{self._of(id)}/rollback", json=body, headers=headers)

    def history(self, id: str) -> Listing[VersionRow]:  # noqa: A002
        """Return the versions, newest first, with what changed in words."""
        return Listing(self._calls.pages(Page[VersionRow], f"{self._of(id)}/history", params={"limit": 1000}))

    def diff(self, id: str, old: int, new: int) -> Difference:  # noqa: A002
        """Return what changed between two versions, by field and in words."""
        return self._calls.ask(Difference, "GET", f"{self._of(id)}/diff", params={"old": old, "new": new})

    def owners(self, id: str) -> Listing[OwnedPart]:  # noqa: A002
        """Return who answers for which fields of a document, part by part."""
        return Listing(self._calls.pages(Page[OwnedPart], f"{self._of(id)}/owners"))

    def relations(self, id: str) -> Listing[Relation]:  # noqa: A002
        """Return what a document is tied to and what is tied to it."""
        return Listing(self._calls.pages(Page[Relation], f"{self._of(id)}/relations"))

    def waivers(self, id: str) -> Listing[Waiver]:  # noqa: A002
        """Return the waivers of a document, ended ones too, newest first."""
        return Listing(self._calls.pages(Page[Waiver], f"{self._of(id)}/waivers"))

    def waive(self, id: str, path: str, *, ends: datetime, reason: str) -> Waiver:  # noqa: A002
        """Ask, as owner of the value or as the CoE, that it counts as signed until ``ends``; the other sets it."""
        body = {"path": path, "ends": ends.isoformat(), "reason": reason}
        return self._calls.ask(Waiver, "POST", f"{self._of(id)}/waivers", json=body)

    def draft(self, id: str) -> Draft:  # noqa: A002
        """Return your draft; where there is none, a fresh one from live, of revision 0."""
        return self._calls.ask(Draft, "GET", f"{self._of(id)}/draft")

    def save_draft(
        self,
        id: str,  # noqa: A002 - as above
        document: Mapping[str, Any],
        *,
        revision: int,
        base_version: int | None = None,
    ) -> Draft:
        """Keep your draft; ``revision`` is the one it was made from. A stale one is refused with both values.

        ``base_version`` says that the draft has everything up to that version in it.
        """
        body = {"document": dict(document), "revision": revision, "base_version": base_version}
        return self._calls.ask(Draft, "PUT", f"{self._of(id)}/draft", json=body)

    def discard_draft(self, id: str, *, revision: int) -> None:  # noqa: A002
        """Throw your draft away."""
        self._calls.send("DELETE", f"{self._of(id)}/draft", params={"revision": revision})

    def _of(self, id_: str) -> str:
        return f"{self._path}/{quoted(id_)}"


class Templates(Documents):
    """Templates: documents that can begin as a blueprint."""

    def create(
        self,
        blueprint: str,
        *,
        id: str | None = None,  # noqa: A002 - as above
        title: str | None = None,
        rationale: str | None = None,
    ) -> Created:
        """Make a template from a blueprint, with the signals and calendars it needs; all or nothing."""
        body = {"id": id, "title": title, "rationale": rationale}
        return self._calls.ask(Created, "POST", f"/api/v1/blueprints/{quoted(blueprint)}/templates", json=body)

    def upgrade(self, id: str, *, blueprint: str | None = None) -> Upgrade:  # noqa: A002
        """Return what a newer blueprint would change in a flow; ``blueprint`` names it where the flow does not."""
        return self._calls.ask(Upgrade, "GET", f"{self._of(id)}/upgrade", params={"blueprint": blueprint})

    def apply_upgrade(
        self,
        id: str,  # noqa: A002 - as above
        mode: str = "unchanged",
        *,
        pick: Iterable[str] = (),
        blueprint: str | None = None,
        rationale: str,
        base_version: int | None = None,
        saw: Iterable[str] = (),
    ) -> Upgraded:
        """Upgrade a flow: ``all`` the blueprint changes, those ``unchanged`` here, or only what ``pick`` names.

        With ``base_version`` it is refused where somebody changed since then what the upgrade changes.
        """
        body = {"mode": mode, "pick": list(pick), "blueprint": blueprint, "rationale": rationale, "saw": list(saw)}
        headers = {} if base_version is None else _on(base_version)
        return self._calls.ask(Upgraded, "POST", f"{self._of(id)}/upgrade", json=body, headers=headers)

    def of_blueprint(self, blueprint: str) -> Listing[Instance]:
        """Return the templates that were made from a blueprint, and whether it has changed since."""
        return Listing(self._calls.pages(Page[Instance], f"/api/v1/blueprints/{quoted(blueprint)}/templates"))

    def upgrade_all(
        self, blueprint: str, mode: str = "unchanged", *, only: Sequence[str] | None = None, rationale: str
    ) -> BatchSubmitted:
        """Upgrade every flow of a blueprint, or those named, as one batch: all of them, or none."""
        body = {"mode": mode, "only": None if only is None else list(only), "rationale": rationale}
        return self._calls.ask(BatchSubmitted, "POST", f"/api/v1/blueprints/{quoted(blueprint)}/upgrades", json=body)


def quoted(part: str) -> str:
    """Return a part of an address, whatever is in it.

    Raises:
        NotFound: nothing can be called so: an address would leave it out or go up from it.
    """
    if part.strip(".") == "":
        raise NotFound(f"There is nothing called {part!r}.", where=part, hint="List what there is.")
    return quote(part, safe="", errors="surrogatepass")


def _on(version: int) -> dict[str, str]:
    return {"If-Match": f'"v{version}"'}
