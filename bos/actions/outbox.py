"""The outbox: what others must hear, sent after the deed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bos.actions import telling
from bos.store import outbox
from bos.store.engine import transaction

if TYPE_CHECKING:
    from collections.abc import Callable

    from bos.actions.context import Context


def relay(ctx: Context, send: Callable[[str, dict[str, Any]], None], *, limit: int = 100) -> int:
    """Hand the oldest messages to ``send(topic, payload)`` and remove them; return how many.

    All messages of an act go together, so they may be more than ``limit``. A message is sent at least once: should this
    process end in between, it is sent again. Of two relays one waits for the other. For each connection that tells of a
    message, a delivery is written in the transaction that removes it, so once. Topics: ``job`` (``id``),
    ``proposal.replaced`` (``kind``, ``id``, ``group``, ``by``, ``new_group``, ``people``), ``kpi.state`` (``flow``,
    ``kpi``, ``title``, ``before``, ``state``, ``since``, ``change`` (its number), ``value``, ``shown``, ``words``,
    ``period``, ``zone``, ``money``, ``owner``, ``owners``, ``people``, ``trend``: what its chart is drawn from, where
    some system hears of it), ``feedback`` (``flow``, ``id``, ``title`` of the flow, ``about`` as its own title,
    ``text``, ``type``, ``panel``, ``author``, ``at``), ``pack`` (``flow``, ``title``, ``folder``, ``charts``,
    ``attention`` and the
    fields of the pack), ``duty.unserved`` (``person``, ``duty``, ``people``), and ``signature.waits``,
    ``signature.nobody`` (to whoever can mend that nobody may sign) and ``waiver.ended`` (``role``, ``people``, ``by``,
    ``waits``: a list of ``kind``, ``id``, ``paths`` and ``group`` or ``waiver``).
    What ``send`` raises is raised, and nothing of the lot is removed.
    """
    with transaction(ctx.engine) as connection:
        rows = outbox.take(connection, limit=limit)
        for row in rows:
            send(row.topic, row.payload)
        telling.route(connection, rows, ctx.settings.apps_address, datetime.now(UTC))
        if rows:
            outbox.remove(connection, [row.seq for row in rows])
    return len(rows)
