"""Searches over everything people made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bos.client.documents import COLLECTIONS
from bos.client.listing import Listing
from bos.model.answers.documents import Hit, SearchFilter
from bos.model.answers.page import Page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bos.client.transport import Calls


class Search:
    """Finds documents and KPIs: ``wb.search("returned", kinds=("kpi",), step="posted")``."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def __call__(
        self,
        text: str = "",
        *,
        kinds: Sequence[str] = (),
        tag: str | None = None,
        owner: str | None = None,
        role: str | None = None,
        state: str | None = None,
        uses: str | None = None,
        step: str | None = None,
        system: str | None = None,
        regulation: str | None = None,
        limit: int = 20,
    ) -> Listing[Hit]:
        """Return what fits, best first; without ``text``, all that passes the filters, at most ``limit``.

        ``kinds`` are ``template``, ``kpi``, ``signal``, ``calendar``, ``dashboard``, ``feedback``, ``schedule`` and
        ``policy``. ``owner`` is the role it belongs to, ``role`` one that answers for a field of it, ``uses`` a
        document it refers to (``kind/id``, or the id of a signal). Values of the others: :meth:`filters`.
        """
        params = {
            "q": text, "collection": tuple(COLLECTIONS.get(kind, kind) for kind in kinds), "tag": tag,
            "owner": owner, "role": role, "state": state, "uses": uses, "step": step, "system": system,
            "regulation": regulation, "limit": limit,
        }  # fmt: skip
        return Listing(self._calls.ask(Page[Hit], "GET", "/api/v1/search", params=params).items)

    def filters(self) -> Listing[SearchFilter]:
        """Return what a search can be narrowed by, and how many documents and KPIs have each value."""
        return Listing(self._calls.pages(Page[SearchFilter], "/api/v1/search/filters"))
