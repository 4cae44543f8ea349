"""What KPIs should come to, in plain Python: an oracle that shares nothing with the engine but the parsed tree."""

import math
from datetime import date, datetime, timedelta

from kpi_oracle_clock import by_case, days_over, log_clock, worked
from kpi_oracle_time import MICROSECOND, back, bucket, to_date
from kpi_oracle_ways import prove_turn, turns

from bos.kpi import BoundSignal, BusinessClock, FieldBinding, Place, nodes
from bos.kpi import conditions as c

FIELDS = {
    "word": FieldBinding("word"),
    "weight": FieldBinding("weight", "number"),
    "tries": FieldBinding("tries", "integer"),
    "manual": FieldBinding("manual", "boolean"),
    "due": FieldBinding("due", "date"),
    "sent": FieldBinding("sent", "time"),
}
SUNDAYS = BusinessClock(
    "sundays", "Europe/Amsterdam", (0, 2, 5, 6), 9_000, 60_000, 50_000, (date(2026, 3, 28), date(2026, 10, 26)),
    (BoundSignal("b", "B"), BoundSignal("nowhere")), (BoundSignal("c", "C"), BoundSignal("e", "", {"word": "x"})),
)  # fmt: skip
LONG = BusinessClock("long", "America/New_York", (0, 1, 2, 3, 4, 5, 6), 0, 86_340, stops=(BoundSignal("c", "C"),))
BRIEF = BusinessClock("brief", "Australia/Lord_Howe", (0, 6), 30_000, 36_000, 30_000)
EDGES = (("one", "three"), ("one", "two"), ("three", "two"), ("two", "two"))
SIGNALS = {
    "a": BoundSignal("a", "A", fields=FIELDS, clock=SUNDAYS, place=Place("one", EDGES)),
    "b": BoundSignal("b", "B", fields=FIELDS, clock=LONG, place=Place("two", EDGES)),
    "d": BoundSignal("d", "B", {"word": "x"}, FIELDS, BRIEF, place=Place("three", EDGES)),
    "e": BoundSignal("e", "", {"word": "x"}, FIELDS, BRIEF, place=Place("one", EDGES)),
}
COLUMNS = {"case": "case_id", "time": "event_time"}
BUILT_IN = ("case", "step", "time", "effective_date", "amount", "currency", "resource")


def typed(row, name):
    """A field, read as its type; None where it is missing or does not read so."""
    if name in BUILT_IN:
        return row[COLUMNS.get(name, name)]
    text = (row["attributes"] or {}).get(name)
    try:
        return None if text is None else READ[FIELDS[name].type](text)
    except (ValueError, KeyError):
        return None


def finite(text):
    number = float(text)
    return number if math.isfinite(number) else None


READ = {
    "text": str,
    "number": finite,
    "integer": int,
    "boolean": lambda text: {"true": True, "1": True, "false": False, "0": False}[text.lower()],
    "date": date.fromisoformat,
    "time": datetime.fromisoformat,
}
OPS = {
    "=": lambda x, y: x == y,
    "!=": lambda x, y: x != y,
    "<": lambda x, y: x < y,
    "<=": lambda x, y: x <= y,
    ">": lambda x, y: x > y,
    ">=": lambda x, y: x >= y,
}


def holds(row, node):
    """True, False, or None for a comparison with something missing (three-valued logic of Kleene)."""
    if node is None:
        return True
    if isinstance(node, c.And | c.Or):
        found = [holds(row, item) for item in node.items]
        decisive = isinstance(node, c.Or)
        if decisive in found:
            return decisive
        return None if None in found else not decisive
    if isinstance(node, c.Not):
        inner = holds(row, node.item)
        return None if inner is None else not inner
    return compared(row, node)


def compared(row, node):
    left = typed(row, node.field.name)
    if isinstance(node, c.IsNull):
        return (left is None) != node.negated
    if isinstance(node, c.In):
        return None if left is None else any(alike(left, item.value) for item in node.values)
    right = typed(row, node.other.name) if isinstance(node.other, c.FieldRef) else node.other.value
    return (
        None
        if left is None or right is None
        else OPS[node.op](left, float(right) if isinstance(left, float) else right)
    )


def alike(left, right):
    return left == (float(right) if isinstance(left, float) else right)


def chosen(rows, selection, signals=None):
    signal = (signals or SIGNALS)[selection.signal]
    return [
        row
        for row in rows
        if (not signal.event or row["step"] == signal.event)
        and all((row["attributes"] or {}).get(key) == value for key, value in signal.where.items())
        and holds(row, selection.where) is True
    ]


def anchors(rows, anchor):
    """case → the event that places it, for anchors that are not the measure's own."""
    if anchor in {"start", "end"}:
        return {case: found[0 if anchor == "start" else -1] for case, found in by_case(rows).items()}
    return {case: found[0] for case, found in by_case(chosen(rows, nodes.Selection(anchor))).items()}


def facts(rows, leaf, anchor):
    """(event that places it, fact) for everything a measure counts, averages, …"""
    value = getattr(leaf, "value", leaf)
    if isinstance(value, nodes.Duration | nodes.Conversion):
        return spans(rows, value, anchor)
    if isinstance(leaf, nodes.Conformance):
        return breaches(rows, leaf, anchor)
    found = chosen(rows, value.of)
    if anchor == "event":
        return [(row, row) for row in found]
    places = anchors(rows, anchor)
    return [(places[row["case_id"]], row) for row in found if row["case_id"] in places]


def spans(rows, node, anchor):
    starts, ends = by_case(chosen(rows, node.start)), by_case(chosen(rows, node.end))
    places = anchors(rows, anchor) if anchor not in {"event", "start", "end"} else {}
    out = []
    for case, (first, *_) in starts.items():
        after = [row for row in ends.get(case, []) if row["event_time"] >= first["event_time"]]
        last = after[0] if after else None
        place = {"event": first, "start": first, "end": last}.get(anchor, places.get(case))
        if place is not None:
            out.append((place, (first, last)))
    return out


def breaches(rows, leaf, anchor):
    """(event that places the case, whether it is of those that are shown) for every case a rule is about."""
    out, rule = [], leaf.rule
    for case, found in by_case(rows).items():
        own, state = standing(rows, found, rule)
        if own:
            place = own[0] if anchor == "event" else anchors(rows, anchor).get(case)
            out += [(place, state == leaf.show)] if place is not None else []
    return out


def standing(rows, found, rule):
    """(events that make a rule apply to a case, what the case is: broken, pending or kept)."""
    parts = [[row for row in found if row in chosen(found, one)] for one in nodes.selections_of(rule)]
    one, two = (*parts, *parts)[:2]
    if isinstance(rule, nodes.Precedes):
        own, broken = two, any(all(a["event_time"] > b["event_time"] for a in one) for b in two)
    elif isinstance(rule, nodes.DifferentPersons):
        own = two if one else []
        broken = any(a["resource"] is not None and a["resource"] == b["resource"] for a in one for b in two)
    elif isinstance(rule, nodes.NeverTwice):
        own, broken = one, len(one) > 1
    elif isinstance(rule, nodes.FollowedBy):
        states = {followed(rows, rule, a, two) for a in one}
        return one, next((state for state in ("broken", "pending") if state in states), "kept")
    elif isinstance(rule, nodes.ExactlyOne):
        kinds = sum(bool(part) for part in parts[: len(rule.of)])
        ended = rule.ended is not None and bool(parts[-1])
        return found, "kept" if kinds == 1 else "broken" if kinds or ended else "pending"
    elif isinstance(rule, nodes.AlongFlow):
        own, broken = found, bool(wrong_turns(found, rule))
    else:
        own, broken = found, not any(parts)
    return own, "broken" if broken else "kept"


def wrong_turns(found, rule, signals=SIGNALS):
    """Return where a case went though no way leads there: (kinds of an instant, kinds of the next)."""
    return turns(found, [chosen(found, one, signals) for one in rule.of], rule, signals)


def followed(rows, rule, first, later):
    """Whether one event was followed in time; the time of one that was not, by the log's clock, runs until that."""
    now = log_clock(rows)
    until = min((row["event_time"] for row in later if first["event_time"] <= row["event_time"] <= now), default=None)
    end, clock = until or now, SIGNALS[rule.first.signal].clock
    if rule.clock == "wall":
        over = end > first["event_time"] + timedelta(seconds=rule.within.seconds)
    elif rule.within.unit == "day":
        over = days_over(clock, rows, first, end) >= rule.within.count
    else:
        over = worked(clock, rows, first, {"event_time": end}) > rule.within.seconds * 1_000_000
    return "broken" if over else "kept" if until else "pending"


def prove(rows, found, rule, proof, marks):
    """Assert that the events that are told prove that a case breaks a rule."""
    parts = [chosen(found, one) for one in nodes.selections_of(rule)]
    if isinstance(rule, nodes.Precedes):
        assert marks[0] in parts[1]
        assert all(row["event_time"] > marks[0]["event_time"] for row in parts[0])
        assert marks[1:] == sorted(parts[0], key=lambda row: (row["event_time"], row["event_id"]))[:1]
    elif isinstance(rule, nodes.DifferentPersons):
        assert (marks[0] in parts[0], marks[1] in parts[1]) == (True, True)
        assert marks[0]["resource"] == marks[1]["resource"] is not None
    elif isinstance(rule, nodes.NeverTwice):
        assert proof.times == len(parts[0])
        assert [row in parts[0] for row in marks] == [True, True]
        assert marks[0] != marks[1]
    elif isinstance(rule, nodes.AlongFlow):
        prove_turn(wrong_turns(found, rule)[0], parts, rule, proof, marks)
    elif isinstance(rule, nodes.MustEnd):
        assert marks == [found[0], found[-1]]
        assert not any(parts)
        assert len(proof.missing) == len(rule.ends)
    elif isinstance(rule, nodes.ExactlyOne):
        kinds = sum(bool(part) for part in parts[: len(rule.of)])
        assert len(marks) == (kinds or 1)
        assert kinds != 1
        assert kinds or marks[0] in parts[-1]
    else:
        prove_late(rows, rule, proof, marks, parts[1])


def prove_late(rows, rule, proof, marks, later):
    assert followed(rows, rule, marks[0], later) == "broken"
    after = [row for row in later if row["event_time"] >= marks[0]["event_time"]]
    assert marks[1:] == sorted(after, key=lambda row: (row["event_time"], row["event_id"]))[:1]
    assert bool(proof.missing) is not bool(after)
    clock = SIGNALS[rule.first.signal].clock
    if rule.clock == "wall":
        assert proof.due == marks[0]["event_time"] + timedelta(seconds=rule.within.seconds)
    elif rule.within.unit == "day":
        eve = proof.due - MICROSECOND
        assert days_over(clock, rows, marks[0], eve) < rule.within.count <= days_over(clock, rows, marks[0], proof.due)
    else:
        assert worked(clock, rows, marks[0], {"event_time": proof.due}) == rule.within.seconds * 1_000_000


def percentile(numbers, rank):
    numbers = sorted(map(float, numbers))
    position = (len(numbers) - 1) * float(rank / 100)
    low = math.floor(position)
    high = min(low + 1, len(numbers) - 1)
    return numbers[low] + (numbers[high] - numbers[low]) * (position - low)


def aggregated(leaf, numbers):
    if not numbers:
        return None
    if isinstance(leaf, nodes.Percentile):
        return percentile(numbers, leaf.rank)
    if leaf.op in {"min", "max"}:
        return min(numbers) if leaf.op == "min" else max(numbers)
    total = math.fsum(numbers) if isinstance(numbers[0], float) else sum(numbers)
    return total if leaf.op == "sum" else float(total) / len(numbers)


def reading(leaf, found, rows):
    """(value, n, mixed currencies) of the facts in one bucket."""
    if isinstance(leaf, nodes.Count):
        return len(found), len(found), False
    if isinstance(leaf, nodes.Conformance):
        return sum(found), len(found), False
    if isinstance(leaf, nodes.Conversion):
        return conversion(leaf, found, log_clock(rows)), len(found), False
    if isinstance(leaf.value, nodes.Duration):
        clock = SIGNALS[leaf.value.start.signal].clock if leaf.value.clock == "business" else None
        micros = [
            worked(clock, rows, first, last) if clock else (last["event_time"] - first["event_time"]) // MICROSECOND
            for first, last in found
            if last
        ]
        value = aggregated(leaf, micros)
        return None if value is None else value / 1e6, len(micros), False
    valued = [row for row in found if typed(row, leaf.value.field) is not None]
    if isinstance(leaf, nodes.Distinct):
        return len({typed(row, leaf.value.field) for row in valued}), len(valued), False
    mixed = leaf.value.field == "amount" and len({row["currency"] for row in valued}) > 1
    return aggregated(leaf, [typed(row, leaf.value.field) for row in valued]), len(valued), mixed


def conversion(leaf, found, recorded):
    limit = timedelta(seconds=leaf.within.seconds) if leaf.within else None
    counts = dict.fromkeys(["converted", "dropped", "in_flight"], 0)
    for first, last in found:
        if last and (limit is None or last["event_time"] - first["event_time"] <= limit):
            counts["converted"] += 1
        elif limit is not None and first["event_time"] + limit < recorded:
            counts["dropped"] += 1
        else:
            counts["in_flight"] += 1
    if leaf.show != "rate":
        return counts[leaf.show]
    return counts["converted"] / len(found) if found else None


def frames(rows, frame, options):
    """(bucket, first instant of its frame or None, first instant after it), one bucket after the other."""
    times = [row["event_time"] for row in rows]
    first = options["start"] or min(times, default=None)
    now = log_clock(rows) if options["by"] is None and not frame.open else max(times, default=None)
    end = options["end"] or (now + MICROSECOND if times else None)
    if first is None or end is None or first >= end or not times:
        return
    starts, moment = [None], first
    if options["by"]:
        starts = []
        while moment < end:
            starts.append(bucket(moment, options["by"], options["time_zone"]))
            moment += timedelta(minutes=15)
        starts = sorted({*starts, bucket(end - MICROSECOND, options["by"], options["time_zone"])})
    for start, after in zip(starts, [*starts[1:], end], strict=True):
        low = None
        if frame.window:
            low = back(after, frame.window, options["time_zone"])
        elif frame.grain:
            low = to_date(after, frame.grain, options["time_zone"])
        yield start, low, after


def framed_cells(rows, leaf, anchor, options, frame):
    """What a cumulative KPI comes to, frame by frame."""
    found = facts(rows, leaf, anchor)
    groups = {}
    for start, low, high in frames(rows, frame, options):
        for place, fact in found:
            if (low is None or place["event_time"] >= low) and place["event_time"] < high:
                key = (start, tuple(typed(place, name) for name in options["dimensions"]))
                groups.setdefault(key, []).append(fact)
    return {key: reading(leaf, own, rows) for key, own in groups.items()}


def open_then(rows, start, end, moment):
    """case → its A's that no B at or after them has closed before a moment, in order."""
    starts, ends = by_case(chosen(rows, start)), by_case(chosen(rows, end))
    out = {}
    for case, found in starts.items():
        for first in found:
            closed = [row for row in ends.get(case, ()) if first["event_time"] <= row["event_time"] < moment]
            if first["event_time"] < moment and not closed:
                out.setdefault(case, []).append(first)
    return out


def moment_cells(rows, leaf, start, end, options):
    """What is open at the end of each bucket, which is at most what the log's clock shows."""
    groups, newest = {}, log_clock(rows)
    for label, _, high in frames(rows, nodes.Frame(), options):
        for found in open_then(rows, start, end, min(high, newest + MICROSECOND)).values():
            key = (label, tuple(typed(found[-1], name) for name in options["dimensions"]))
            groups.setdefault(key, []).append((found, min(high, newest)))
    return {key: at_moment(leaf, found, rows) for key, found in groups.items()}


def at_moment(leaf, found, rows):
    if isinstance(leaf, nodes.Balance):
        if isinstance(leaf.of, nodes.Selection):
            return len(found), len(found), False
        valued = [openings[-1] for openings, _ in found if typed(openings[-1], leaf.of.field) is not None]
        numbers = [typed(row, leaf.of.field) for row in valued]
        total = math.fsum(numbers) if numbers and isinstance(numbers[0], float) else sum(numbers)
        mixed = leaf.of.field == "amount" and len({row["currency"] for row in valued}) > 1
        return (total if valued else 0), len(valued), mixed
    clock = SIGNALS[leaf.value.start.signal].clock if leaf.value.clock == "business" else None
    micros = [
        worked(clock, rows, openings[0], {"event_time": moment})
        if clock
        else (moment - openings[0]["event_time"]) // MICROSECOND
        for openings, moment in found
    ]
    return aggregated(leaf, micros) / 1e6, len(micros), False


def cells(rows, leaf, anchor, options):
    if isinstance(leaf, nodes.Cumulative):
        return framed_cells(rows, leaf.of, anchor, options, leaf.frame)
    if isinstance(leaf, nodes.Balance):
        start = leaf.of.of if isinstance(leaf.of, nodes.FieldOf) else leaf.of
        return moment_cells(rows, leaf, start, leaf.until, options)
    if isinstance(getattr(leaf, "value", None), nodes.Age):
        return moment_cells(rows, leaf, leaf.value.start, leaf.value.end, options)
    groups = {}
    for place, fact in facts(rows, leaf, anchor):
        at = place["event_time"]
        if (options["start"] and at < options["start"]) or (options["end"] and at >= options["end"]):
            continue
        start = bucket(at, options["by"], options["time_zone"]) if options["by"] else None
        groups.setdefault((start, tuple(typed(place, name) for name in options["dimensions"])), []).append(fact)
    return {key: reading(leaf, found, rows) for key, found in groups.items()}
