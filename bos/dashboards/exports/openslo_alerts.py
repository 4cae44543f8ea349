"""The alerts of an error budget as OpenSLO: a policy and a condition for each rate, and who is to hear of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from bos.dashboards.exports.openslo_yaml import name_of, shorthand_of
from bos.kpi.budget import alerts_of
from bos.kpi.definitions import seconds_of
from bos.model.answers.exports import NotCarried
from bos.model.roles import ROLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bos.kpi.budget import Alert

Told: TypeAlias = "tuple[str, dict[str, Any], dict[str, Any]]"
"""Kind, metadata and spec of a document."""
_ONE_WINDOW = (
    "An alert of BOS needs a short window beside the long one ({short} beside {long}); an alert policy of OpenSLO has"
    " one condition with one window, so that there it may last longer than in BOS."
)


@dataclass(frozen=True, slots=True)
class Alerting:
    """Documents, the names of the policies among them, and what they cannot say."""

    documents: tuple[Told, ...] = ()
    policies: tuple[str, ...] = ()
    left: tuple[NotCarried, ...] = ()


def alerting(flow: str, outcome: Mapping[str, Any], owner: str) -> Alerting:
    """Return the alerts of a KPI; none where it has no error budget, or its target leaves none."""
    span, target = outcome.get("error_budget"), outcome["target"]
    if not span or not 0 < target["value"] < 1:
        return Alerting()
    window = timedelta(seconds=seconds_of(span))
    alerts = alerts_of(window)
    if not alerts:
        return Alerting()
    hears = name_of(flow, owner)
    documents: list[Told] = [("AlertNotificationTarget", {"name": hears}, _target(owner))]
    policies, left = [], []
    for alert in alerts:
        long, short = shorthand_of(alert.long), shorthand_of(alert.short)
        condition = name_of(flow, f"burn_{long}_of_{shorthand_of(window)}")
        documents.append(("AlertCondition", {"name": condition}, _condition(alert, window)))
        policies.append(name_of(flow, outcome["id"], f"burn_{long}"))
        documents.append(("AlertPolicy", {"name": policies[-1]}, _policy(alert, condition, hears)))
        why = _ONE_WINDOW.format(short=short, long=long)
        left.append(NotCarried(what=f"Short window of the alert over {long}", where=outcome["title"], why=why))
    return Alerting(tuple(documents), tuple(policies), tuple(left))


def _target(owner: str) -> dict[str, Any]:
    words = "The role that answers for the KPI in BOS. Which channel reaches it, BOS does not know."
    return {"description": f"{ROLES.get(owner, owner)}: {words}", "target": owner}


def _condition(alert: Alert, window: timedelta) -> dict[str, Any]:
    share = f"{float(alert.share):.0%} of the budget of {shorthand_of(window)} in {shorthand_of(alert.long)}"
    return {
        "description": f"Uses up {share}, or more.",
        "severity": alert.level,
        "condition": {
            "kind": "burnrate",
            "op": "gte",
            "threshold": alert.limit(window),
            "lookbackWindow": shorthand_of(alert.long),
            "alertAfter": "0m",
        },
    }


def _policy(alert: Alert, condition: str, hears: str) -> dict[str, Any]:
    return {
        "description": f"A {alert.level} of BOS: the error budget burns too fast.",
        "alertWhenBreaching": True,
        "alertWhenResolved": False,
        "alertWhenNoData": False,
        "conditions": [{"conditionRef": condition}],
        "notificationTargets": [{"targetRef": hears}],
    }
