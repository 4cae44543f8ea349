"""One KPI: its formula as a form with the text beside it, its target and levels, and what it comes to by now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.look.charts import Series, line
from bos.model.moments import instant
from bos.model.outcomes import WORKING
from bos.model.wording import words
from widgets.surface import parts
from widgets.wizard import backtest, formula
from widgets.wizard.fields import amount, edit, label_of, show
from widgets.wizard.frame import frame
from widgets.wizard.measured import ANCHORS, DIRECTIONS, MEASURE, TARGET, UNITS
from widgets.wizard.state import find
from widgets.wizard.views import trust, watch
from widgets.wizard.views.populate import target_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bos.model.answers.kpis import KpiPreview
    from widgets.surface.parts import Element
    from widgets.wizard.state import State

_BEGUN, _ENDED = "Open from", "Until"
_FIRST = {
    "ratio": "Counted",
    "time": "From",
    "conversion": "Cases that have",
    "late": "After each",
    "open": _BEGUN,
    "age": _BEGUN,
}
_SECOND = {
    "ratio": "Divided by",
    "time": "To",
    "conversion": "Reach",
    "late": "Must come",
    "open": _ENDED,
    "age": _ENDED,
}
_CHOICES = {
    "measure": ("Which time", formula.MEASURES),
    "clock": ("Clock", formula.CLOCKS),
    "rule": ("Rule", formula.RULES),
}
_NEEDED = {("sum", "field"), ("late", "within"), ("along", "signals")}
_TEXTS = {
    "filter": ("Only those where", "Leave empty to count all. Example: code in ('R02', 'R03')"),
    "other_filter": ("Divided by only those where", "Example: channel = 'ach'"),
    "field": ("Field", "A field of the signal that holds a number. Example: amount"),
    "within": ("Within", "Leave empty for no limit. Example: 14 days"),
    "signals": ("Signals", "Those whose steps are judged, with a comma between. Leave out what may come at any time."),
    "bound": ("A point is good at", "Leave empty where the points are shares of themselves. Example: <= 0.5"),
}


def view(state: State) -> dict[str, Any]:
    """Return the page."""
    outcome = find(state.document, state.item) or {"id": "", "title": ""}
    left = parts.box(_naming(state), _definition(state, outcome), _levels(state, outcome), look="wz-side__part")
    right = parts.box(
        _number(state, outcome),
        watch.of_kpi(state, outcome),
        trust.of_kpi(state),
        _sources(state),
        look="wz-side__part",
    )
    label = "Save and return to your answers" if state.check else "Save and return to the list"
    return frame(
        state,
        heading=str(outcome.get("title") or outcome["id"]),
        body=[
            parts.box(left, right, look="wz-side"),
            parts.actions(
                parts.button(label, "continue", default=True),
                parts.button("Remove this KPI", "remove", state.item, look="quiet"),
            ),
        ],
    )


def _naming(state: State) -> Element:
    return parts.box(
        edit(state, f"{state.item}.title", label="Name of the KPI"),
        edit(state, f"{state.item}.description", "area", optional=True, rows=2),
    )


def _signals(state: State, section: str = "process_signals") -> list[tuple[str, str]]:
    rows = []
    for use in state.document[section]:
        title = str((state.signals.get(use["signal"] or "") or {}).get("title") or use["signal"] or "")
        rows.append((use["id"], f"{use['id']}: {title}" if title else use["id"]))
    return [("", "Choose a signal"), *rows]


def _charged(state: State) -> list[tuple[str, str]]:
    """Return the other KPIs, those with a cost rule first."""
    others = [one for one in state.document["outcomes"] if f"outcomes[{one['id']}]" != state.item]
    others.sort(key=lambda one: not one.get("cost_rule"))
    rows = [(one["id"], f"{one['title']}{'' if one.get('cost_rule') else ' (no cost rule)'}") for one in others]
    return [("", "Choose a KPI"), *rows]


def _definition(state: State, outcome: dict[str, Any]) -> Element:
    path, measure = f"{state.item}.measure", outcome.get("measure") or {}
    form = formula.form_of(str(measure.get("formula") or ""))
    unit = str(measure.get("unit") or "")
    units = [*UNITS, (unit, unit)] if unit not in dict(UNITS) else [*UNITS]
    currency = state.document.get("currency")
    if currency and currency not in dict(units):
        units.append((currency, f"Money ({currency})"))
    return parts.group(
        "Definition",
        parts.field("select", f"{state.item}.form.kind", "What kind of number", form["kind"],
                    options=list(formula.KINDS.items())),
        *[_part(state, form, name) for name in formula.PARTS[form["kind"]]],
        edit(state, f"{path}.formula", "area", rows=2, code=True, label=MEASURE["formula"],
             hint="The form above writes it, or you do. Example: count(returned where code = 'R01')"),
        edit(state, f"{path}.unit", "select", options=units, label=MEASURE["unit"], look="wz-short"),
        parts.details(
            "When an event counts, and how it can be split",
            edit(state, f"{path}.anchor", "select", label=MEASURE["anchor"],
                 options=[*ANCHORS, *_signals(state)[1:]],
                 hint="A signal stands for the time of that signal in the same case.", look="wz-short"),
            edit(state, f"{path}.window", optional=True, label=MEASURE["window"], look="wz-short",
                 hint="The part of the past a value at a moment covers. Example: 60 days"),
            edit(state, f"{path}.dimensions", optional=True, label=MEASURE["dimensions"],
                 hint="Fields of its signals. Example: loan_type, channel"),
            key="more-measure",
        ),
        key="definition",
    )  # fmt: skip


def _part(state: State, form: dict[str, str], name: str) -> Element:
    path, value, kind = f"{state.item}.form.{name}", form.get(name, ""), form["kind"]
    if name in {"signal", "other"}:
        label = (_FIRST if name == "signal" else _SECOND).get(kind, "Signal")
        return parts.field("select", path, label, value, options=_signals(state), look="wz-short")
    if name == "charged":
        return parts.field("select", path, "KPI whose failures are charged", value, options=_charged(state),
                           hint="It needs a cost rule of its own.")  # fmt: skip
    if name == "system":
        return parts.field("select", path, "System signal", value, options=_signals(state, "system_signals"),
                           look="wz-short")  # fmt: skip
    if name in _CHOICES:
        label, choices = _CHOICES[name]
        return parts.field("select", path, label, value, options=list(choices.items()), look="wz-short")
    label, hint = _TEXTS[name]
    if (kind, name) == ("late", "within"):
        hint = "By the clock of the bank a day is a working day. Example: 2 days"
    if (kind, name) == ("open", "field"):
        hint = "Leave empty to count what is open. Example: amount"
    return parts.field("text", path, label, value, hint=hint, optional=(kind, name) not in _NEEDED,
                       code=name in {"filter", "other_filter", "bound", "signals"})  # fmt: skip


def _levels(state: State, outcome: dict[str, Any]) -> Element:
    levels = {row["level"]: row["value"] for row in outcome.get("thresholds") or ()}
    target = outcome.get("target") or {}
    tip = "In the unit of the KPI; 3 % and 0.03 are the same, and so are 2 min and 120 s."
    return parts.group(
        "Target and levels",
        parts.box(
            parts.field("text", f"{state.item}.target.value", TARGET["value"], show(target.get("value")), optional=True,
                        hint=tip, error=state.error_of(f"{state.item}.target.value")),
            parts.field("select", f"{state.item}.target.direction", TARGET["direction"],
                        target.get("direction") or "at_most", options=DIRECTIONS),
            look="wz-line",
        ),
        parts.box(
            *[
                parts.field("text", f"{state.item}.{level}", label, show(levels.get(level)), optional=True,
                            hint=hint, error=state.error_of(f"{state.item}.{level}"))
                for level, label, hint in (
                    ("warning", "Warning", "From here on people look closer."),
                    ("breach", "Breach", "From here on somebody has to act."),
                )
            ],
            look="wz-line",
        ),
        edit(state, f"{state.item}.error_budget", optional=True),
        *_cost_rule(state, outcome),
        parts.text(f"Read as: {target_words(outcome)}", "bos-hint"),
        key="levels",
    )  # fmt: skip


def _cost_rule(state: State, outcome: dict[str, Any]) -> list[Element]:
    """Return the choice of a rule, what the chosen one says, and the way to all of them."""
    known = {rule.id: rule for rule in state.cost_rules}
    chosen = outcome.get("cost_rule") or ""
    options = [("", "No cost rule"), *((id_, str(rule.document["title"])) for id_, rule in known.items())]
    options += [(chosen, chosen)] if chosen not in {"", *known} else []
    said = (
        [parts.text(f"A failure costs {words(known[chosen].document['charge'])}.", "bos-hint")]
        if chosen in known
        else []
    )
    return [
        edit(state, f"{state.item}.cost_rule", "select", options=options, optional=True),
        *said,
        parts.link("All cost rules", "costs.ipynb"),
    ]


def _sources(state: State) -> Element:
    return parts.details(
        "Regulation and source",
        edit(state, f"{state.item}.regulation", optional=True),
        edit(state, f"{state.item}.source", optional=True),
        key="more-sources",
    )


def _number(state: State, outcome: dict[str, Any]) -> Element:
    """Return what the KPI comes to on the telemetry that is there."""
    preview = state.preview if state.preview.of == state.item else None
    body: list[Element] = [parts.heading("What it comes to")]
    if preview is None or (preview.found is None and not preview.problem):
        body.append(
            parts.text("The number is being computed." if state.busy else "Complete the formula to see the number.")
        )
    elif preview.problem:
        body += [parts.banner("warning", parts.text(preview.problem))]
    else:
        body += _found(state, outcome, preview.found)
    body.append(parts.actions(parts.button("Compute again", "preview", look="quiet", small=True)))
    return parts.card(*body, key="preview", label="Preview of the number")


def _found(state: State, outcome: dict[str, Any], found: KpiPreview | None) -> list[Element]:
    if found is None or found.value is None or found.last is None:
        return [parts.text("There is no telemetry of this flow yet, so there is no number. The definition is kept.")]
    value = found.value
    if value.withheld_reason:
        return [parts.banner("warning", parts.text(f"BOS withholds the number: {value.withheld_reason}"))]
    words = (
        f"Over all that was recorded, up to {instant(found.last, 'UTC')} UTC, from {value.n:,} events, cases or points."
    )
    elements = [parts.text(found.shown, "wz-sum"), parts.text(words, "bos-hint")]
    if value.no_data is not None:
        silent = f"{value.no_data.words}. 0 would say that nothing happened."
        elements.append(parts.banner("warning", parts.text(silent)))
    if value.ended is not None:
        elements.append(parts.banner("warning", parts.text(f"{value.ended.words}: the number is of what was seen.")))
    elements.append(parts.box(parts.badge("Preview: not approved", mark=True), look="wz-marks"))
    if len(found.buckets) > 1:
        title = str(outcome.get("title") or outcome["id"])
        unit = str((outcome.get("measure") or {}).get("unit") or "")
        elements += [_trend(title, unit, found), _weeks(found), *_levels_met(state, outcome, found)]
    elements.append(parts.details("The query", parts.code(found.sql, "The query of this number"), key="preview-sql"))
    return elements


def _number_of(value: float | str | None) -> float | None:
    return None if value is None else float(value)


def _trend(title: str, unit: str, found: KpiPreview) -> Element:
    values = [_number_of(bucket.value) for bucket in found.buckets]
    size, word = _scale(unit, values)
    points = [
        (bucket.bucket_start, None if value is None else value / size)
        for bucket, value in zip(found.buckets, values, strict=True)
        if bucket.bucket_start
    ]
    loose = [
        bucket.bucket_start
        for bucket, mark in zip(found.buckets, found.marks, strict=True)
        if mark and bucket.bucket_start
    ]
    drawn = line(
        [Series("Week by week", points, part=loose)], title=f"{title}, week by week",
        desc="The table below has the same numbers.", width=460, height=170, fmt=lambda value: amount(value, word),
    )  # fmt: skip
    return parts.picture(drawn, f"{title}, week by week")


_TIMES = ((3_600, "h"), (60, "min"))


def _scale(unit: str, values: Sequence[float | None]) -> tuple[int, str]:
    """Return by what a drawing divides values, and the unit it names: times in the largest unit that fits twice."""
    if unit not in {"seconds", WORKING}:
        return 1, unit
    largest = max((abs(value) for value in values if value is not None), default=0)
    return next(((size, word) for size, word in _TIMES if largest >= 2 * size), (1, "s"))


def _weeks(found: KpiPreview) -> Element:
    rows = [
        (f"{bucket.bucket_start:%-d %b %Y}", f"{shown}, {mark}" if mark else shown, f"{bucket.n:,}")
        for bucket, shown, mark in zip(found.buckets, found.shown_buckets, found.marks, strict=True)
        if bucket.bucket_start
    ]
    table = parts.table("Weeks, the newest last", ("Week of", "Value", "Rows"), rows)
    return parts.details("Show the weeks", table, key="preview-weeks")


def _levels_met(state: State, outcome: dict[str, Any], found: KpiPreview) -> list[Element]:
    whole = (bucket for bucket, mark in zip(found.buckets, found.marks, strict=True) if not mark)
    told = backtest.told(outcome, [_number_of(bucket.value) for bucket in whole])
    label = label_of(f"{state.item}.thresholds")
    return [parts.facts([(label, told)])] if told else []
