"""A template as OpenSLO v1: a service, an SLO for each KPI that is a share with a target, alerts on its error budget.

The specification is that of github.com/OpenSLO/OpenSLO (``openslo/v1``); where its SDK for Go is stricter (one
condition in an alert policy, short display names, a notification target), this is what the SDK takes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from bos.dashboards.exports import openslo_fields as fields
from bos.dashboards.exports.openslo_alerts import alerting
from bos.dashboards.exports.openslo_yaml import LONGEST_NAME, LONGEST_TEXT, cut, name_of, shorthand, written
from bos.dashboards.exports.parcel import Parcel, file_name, sentences
from bos.dashboards.standing import target_mark
from bos.model.answers.exports import NotCarried

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bos.model.answers.changes import Approval

API = "openslo/v1"
_OUT_OF_RANGE = "OpenSLO takes targets from 0 % to below 100 %, as the share of good; this is {shown}."
_NO_TARGET = "It has no target."
_NO_KPI = "The flow has no KPI, so the file has a service and no SLO."
_CALENDAR = (
    "BOS counts days and weeks of the calendar of the time zone; a rolling window of OpenSLO is a length of time."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a query runs: a document of kind DataSource."""

    name: str
    type: str
    description: str
    details: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """How a share is read.

    Attributes:
        counted: the ``spec`` of the metric source that counts the good or the bad; with ``share`` of their share.
        out_of: that of what there is in all; nothing with ``share``.
        source: where both are asked.
        marking: what the queries must be marked with.
        left: what could not be carried of it.
    """

    counted: Mapping[str, Any]
    out_of: Mapping[str, Any] | None
    source: Source
    marking: str = ""
    left: tuple[NotCarried, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """A KPI of the template; ``why`` says why it has no indicator."""

    outcome: Mapping[str, Any]
    owner: str
    indicator: Indicator | None = None
    why: str = ""
    approval: Approval | None = None
    approval_words: str = ""


@dataclass(slots=True)
class _Slo:
    documents: list[dict[str, Any]] = field(default_factory=list)
    left: list[NotCarried] = field(default_factory=list)


def document(kind: str, metadata: Mapping[str, Any], spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document; entries that say nothing are left out of its metadata and its spec."""
    kept = [{name: value for name, value in part.items() if value not in ("", (), [], {}, None)}
            for part in (metadata, spec)]  # fmt: skip
    return {"apiVersion": API, "kind": kind, "metadata": kept[0], "spec": kept[1]}


def openslo(template: Mapping[str, Any], version: int, objectives: Sequence[Objective]) -> Parcel:
    """Return the file. What is not carried stands in it: of a KPI in its SLO, all else in the service."""
    flow = template["id"]
    whole, slos, carried = [], [], []
    for one in objectives:
        if why := one.why or _unfit(one.outcome):
            whole.append(NotCarried(what="The whole KPI", where=one.outcome["title"], why=why))
            continue
        slos.append(_slo(flow, template, version, one))
        carried.append(one)
    none = () if objectives else (NotCarried(what="Objectives", why=_NO_KPI),)
    general = [*none, *_of_template(template, carried), *whole]
    documents = [_service(template, version, general)]
    documents += [_data_source(source) for source in _sources(carried)]
    documents += _once(document for slo in slos for document in slo.documents)
    return Parcel(
        target="openslo",
        file=file_name(flow, f"v{version}", "openslo.yaml"),
        media_type="application/yaml",
        content=written(documents),
        carried=tuple(one.outcome["id"] for one in carried),
        marks=tuple(dict.fromkeys(mark for one in carried for mark in _marks(one))),
        not_carried=(*general, *(left for slo in slos for left in slo.left)),
    )


def _unfit(outcome: Mapping[str, Any]) -> str:
    """Return why a KPI can be no SLO; nothing where it can."""
    target = outcome["target"]
    if target is None:
        return _NO_TARGET
    if not 0 <= _good(target) < 1:
        mark = target_mark(target, outcome["measure"]["unit"])
        return _OUT_OF_RANGE.format(shown=mark.shown if mark else "")
    return ""


def _good(target: Mapping[str, Any]) -> Decimal:
    """Return the share of good that is to be reached."""
    value = Decimal(str(target["value"]))
    return 1 - value if target["direction"] == "at_most" else value


def _marks(one: Objective) -> list[str]:
    title, marking = one.outcome["title"], one.indicator.marking if one.indicator else ""
    unsigned = one.approval is not None and one.approval.state != "approved"
    found = [one.approval_words if unsigned else "", f"its queries are {marking}" if marking else ""]
    return [f"{title}: {words}" for words in found if words]


def _sources(objectives: Iterable[Objective]) -> list[Source]:
    found = {one.indicator.source.name: one.indicator.source for one in objectives if one.indicator}
    return list(found.values())


def _once(documents: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return documents, each once, in their order."""
    return list({(one["kind"], one["metadata"]["name"]): one for one in documents}.values())


def _data_source(source: Source) -> dict[str, Any]:
    told = document("DataSource", {"name": source.name}, {"description": source.description, "type": source.type})
    told["spec"]["connectionDetails"] = dict(source.details)
    return told


def _of_template(template: Mapping[str, Any], carried: Sequence[Objective]) -> list[NotCarried]:
    found = [NotCarried(what=row.what, why=row.why) for row, _ in fields.left(template, fields.TEMPLATE)]
    if any((_window(one.outcome) or "").endswith(("d", "w")) for one in carried):
        found.append(NotCarried(what="Days of the calendar", why=_CALENDAR))
    return found


def _service(template: Mapping[str, Any], version: int, left: Sequence[NotCarried]) -> dict[str, Any]:
    notes = {
        **fields.notes_of(template, fields.TEMPLATE),
        f"{fields.PREFIX}template-version": str(version),
        **_cut_texts(template),
        **_not_carried(left),
    }
    spec = {"description": cut(template["description"], LONGEST_TEXT)}
    return document("Service", _metadata(name_of(template["id"]), template, notes), spec)


def _metadata(name: str, told: Mapping[str, Any], notes: Mapping[str, str]) -> dict[str, Any]:
    labels = {"tags": list(told["tags"])} if told["tags"] else {}
    return {"name": name, "displayName": cut(told["title"], LONGEST_NAME), "labels": labels, "annotations": dict(notes)}


def _cut_texts(told: Mapping[str, Any]) -> dict[str, str]:
    """Return whole the texts that are longer than OpenSLO takes them."""
    most = {"title": LONGEST_NAME, "description": LONGEST_TEXT}
    return {f"{fields.PREFIX}{name}": told[name] for name, length in most.items() if len(told[name]) > length}


def _not_carried(left: Sequence[NotCarried]) -> dict[str, str]:
    return {f"{fields.PREFIX}not-carried": "\n".join(sentences(left))} if left else {}


def _window(outcome: Mapping[str, Any]) -> str:
    """Return the rolling window: that of the error budget, else the KPI's own; nothing where it has neither."""
    window = outcome.get("error_budget") or outcome["measure"]["window"]
    return shorthand(window) if window else ""


def _slo(flow: str, template: Mapping[str, Any], version: int, one: Objective) -> _Slo:
    outcome, indicator = one.outcome, one.indicator
    name, title = name_of(flow, outcome["id"]), outcome["title"]
    alerts = alerting(flow, outcome, one.owner)
    told = _Slo(left=[
        NotCarried(what=f"{row.what}: {_shown(value)}", where=title, why=row.why)
        for row, value in fields.left(outcome, fields.OUTCOME)
    ])  # fmt: skip
    told.left += [*(indicator.left if indicator else ()), *alerts.left]
    window = _window(outcome)
    objective = {"displayName": _words(outcome), "target": float(_good(outcome["target"]))}
    spec = {
        "description": cut(outcome["description"], LONGEST_TEXT),
        "service": name_of(template["id"]),
        "indicator": {"metadata": {"name": name}, "spec": {"ratioMetric": _metric(outcome, indicator)}},
        "timeWindow": [{"duration": window, "isRolling": True}] if window else [],
        "budgetingMethod": "Occurrences",
        "objectives": [objective],
        "alertPolicies": [{"alertPolicyRef": policy} for policy in alerts.policies],
    }
    notes = {**_notes(one, version), **_cut_texts(outcome), **_not_carried(told.left)}
    documents = [document(kind, metadata, part) for kind, metadata, part in alerts.documents]
    told.documents = [*documents, document("SLO", _metadata(name, outcome, notes), spec)]
    return told


def _words(outcome: Mapping[str, Any]) -> str:
    mark = target_mark(outcome["target"], outcome["measure"]["unit"])
    return mark.shown if mark else ""


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _notes(one: Objective, version: int) -> dict[str, str]:
    """Return what OpenSLO has no field for."""
    levels = [f"{level['level']} {level['value']} ({level['id']})" for level in one.outcome["thresholds"]]
    marking = one.indicator.marking if one.indicator else ""
    more = {
        "thresholds": ", ".join(levels),
        "owner": one.owner,
        "approval": one.approval.state if one.approval else "",
        "approval-words": one.approval_words,
        "template-version": str(version),
        "queries": marking,
    }
    found = fields.notes_of(one.outcome, fields.OUTCOME)
    return {**found, **{fields.PREFIX + name: text for name, text in more.items() if text}}


def _metric(outcome: Mapping[str, Any], indicator: Indicator | None) -> dict[str, Any]:
    """Return the ratio: good or bad and total, or a share of either."""
    if indicator is None:
        return {}
    bad = outcome["target"]["direction"] == "at_most"

    def of(spec: Mapping[str, Any]) -> dict[str, Any]:
        source = indicator.source
        return {"metricSource": {"metricSourceRef": source.name, "type": source.type, "spec": dict(spec)}}

    if indicator.out_of is None:
        return {"counter": False, "rawType": "failure" if bad else "success", "raw": of(indicator.counted)}
    return {"counter": False, "bad" if bad else "good": of(indicator.counted), "total": of(indicator.out_of)}
