"""What an import tells of itself."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bos.telemetry.rejects import Reject

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import did. ``read`` = ``added`` + ``duplicates`` + ``rejected``.

    Attributes:
        batch: id of the batch.
        flow: the flow.
        read: rows of the file.
        added: rows that are new in the lake.
        duplicates: rows that were there already, or came twice with the same id.
        late: added rows that happened before the latest event the flow had.
        oldest: the earliest time of an added row (UTC); nothing where none was added.
        ahead: added rows that lie more than a day after the import, in the future.
        farthest: the latest of them (UTC); nothing where there are none.
        rejected: rows that were not taken.
        reject_file: where the rejected rows are kept, with the reason; nothing when there are none.
        reject_sample: the first of them.
        reasons: rejected rows by reason.
        snapshot: the flow and the version after the import, as in ``loan@3``.
        version: that version; the same as before when nothing was added.
        first: earliest event time of that snapshot (UTC).
        last: latest event time of that snapshot (UTC).
        changed: the batch made a version.
        repeated: the batch had been committed before (the figures are those of then).
        unread: columns of the file that nothing reads, in its order, a hundred at most; XES has none.
        withdrawn: rows of earlier readings of the same that were left out for these.
        lost: those of them that did not come back with this.
        shared: when (ISO 8601, UTC) rows were taken in that came again with these; nothing where they are too many to
            be kept, or of before they were.
        own: where rows were withdrawn, when rows of the same were taken in.
        staying: rows of what the same file had said before that stay, since it does not name their ids any more.
    """

    batch: str
    flow: str
    read: int
    added: int
    duplicates: int
    late: int
    rejected: int
    reject_file: Path | None
    reject_sample: tuple[Reject, ...]
    reasons: Mapping[str, int] = field(default_factory=dict)
    snapshot: str
    version: int
    first: datetime | None
    last: datetime | None
    changed: bool
    repeated: bool = False
    unread: tuple[str, ...] = ()
    withdrawn: int = 0
    lost: int = 0
    staying: int = 0
    oldest: datetime | None = None
    shared: tuple[str, ...] | None = None
    own: tuple[str, ...] = ()
    ahead: int = 0
    farthest: datetime | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain JSON data; moments in ISO 8601, UTC."""
        return {
            **asdict(self),
            "reject_file": self.reject_file and str(self.reject_file),
            "reject_sample": [reject._asdict() for reject in self.reject_sample],
            "reasons": dict(self.reasons),
            "unread": list(self.unread),
            "first": self.first and self.first.isoformat(),
            "last": self.last and self.last.isoformat(),
            "farthest": self.farthest and self.farthest.isoformat(),
            "oldest": self.oldest and self.oldest.isoformat(),
        }

    def as_text(self) -> str:
        """Return the report as text that :func:`read_report` reads back."""
        return json.dumps(self.as_dict())


def far_ahead(reports: Iterable[ImportReport]) -> dict[str, Any]:
    """Return how many added rows of imports lie in the future (``ahead``), and the latest of them (``farthest``)."""
    held = [one for one in reports if one.farthest is not None]
    farthest = max((one.farthest for one in held if one.farthest is not None), default=None)
    return {"ahead": sum(one.ahead for one in held), "farthest": farthest}


def read_report(text: str) -> ImportReport:
    """Return the report that :meth:`ImportReport.as_text` wrote."""
    values = json.loads(text)
    for name in ("first", "last", "farthest", "oldest"):
        values[name] = datetime.fromisoformat(told) if (told := values.get(name)) else None
    values["reject_file"] = values["reject_file"] and Path(values["reject_file"])
    values["reject_sample"] = tuple(Reject(**reject) for reject in values["reject_sample"])
    values["unread"] = tuple(values.get("unread", ()))
    values["own"] = tuple(values.get("own", ()))
    values["shared"] = None if values.get("shared") is None else tuple(values["shared"])
    return ImportReport(**values)
