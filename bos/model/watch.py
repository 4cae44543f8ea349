"""How a KPI is watched."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bos.model.document import Part, Window

Looks = Annotated[int, Field(ge=1, le=100)]


class Watch(Part):
    """How a KPI is watched: looked at ``every`` so often, over the span before that moment; all of it is one value.

    ``over`` is that span; none: the KPI's own window. A worse state counts once so many looks in a row were worse
    (``worse_after``), a better one once so many were better (``better_after``).
    """

    every: Window = "15 minutes"
    over: Window | None = None
    worse_after: Looks = 1
    better_after: Looks = 2
