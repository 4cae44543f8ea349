"""The rules of OpenSLO v1, written from its specification, to hold files against.

Sources: README.md of github.com/OpenSLO/OpenSLO (``openslo/v1``), and ``pkg/openslo/v1`` of github.com/OpenSLO/go-sdk
where that is stricter. No package of an index that can be installed here validates OpenSLO. Nothing of BOS is used.
The JSON schema beside the specification (``schemas/v1``) is no yardstick: it refuses every SLO, as it wants a field
with an empty name, takes ``rationMetric`` for ``ratioMetric``, and asks a ``duration`` of each condition of a policy.
"""

from __future__ import annotations

import re

NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
LABEL = re.compile(r"[a-zA-Z0-9]([-._a-zA-Z0-9]{0,61}[a-zA-Z0-9])?")
ANNOTATION = re.compile(
    r"(?=(.{0,253}/)?.{0,63}$)([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*/)?"
    r"[a-zA-Z0-9]([-._a-zA-Z0-9]{0,61}[a-zA-Z0-9])?"
)
SPAN = re.compile(r"[1-9][0-9]*[mhdwMQY]")
REQUIRED, OPTIONAL = True, False


def fail(where, what):
    raise AssertionError(f"{where}: {what}")


def need(condition, where, what):
    if not condition:
        fail(where, what)


def fields(value, where, /, **known):
    """Hold an object against its fields: name → (required, check)."""
    need(type(value) is dict, where, "is no object")
    unknown = set(value) - set(known)
    need(not unknown, where, f"unknown fields {unknown}")
    for name, (required, check) in known.items():
        if name in value:
            check(value[name], f"{where}.{name}")
        else:
            need(not required, where, f"{name} is missing")


def text(most=None, least=1):
    def check(value, where):
        need(type(value) is str and len(value) >= least, where, "is no text")
        need(most is None or len(value) <= most, where, f"is longer than {most}")

    return check


def matching(pattern):
    return lambda value, where: need(type(value) is str and pattern.fullmatch(value), where, f"{value!r} does not fit")


def one_of(*values):
    return lambda value, where: need(type(value) is str and value in values, where, f"{value!r} is none of {values}")


def boolean(value, where):
    need(type(value) is bool, where, "is neither true nor false")


def number(low, high, *, high_in):
    def check(value, where):
        need(
            type(value) in {int, float} and low <= value and (value <= high if high_in else value < high), where, value
        )

    return check


def anything(value, where):
    need(type(value) is dict, where, "is no object")


def filled(value, where):
    need(type(value) is dict and value, where, "says nothing")


def each(check, least=0, most=None):
    def every(value, where):
        need(type(value) is list and len(value) >= least and (most is None or len(value) <= most), where, "length")
        for position, one in enumerate(value):
            check(one, f"{where}[{position}]")

    return every


def labels(value, where):
    for name, told in value.items():
        matching(LABEL)(name, where)
        (each(text()) if type(told) is list else text())(told, f"{where}.{name}")


def annotations(value, where):
    for name, told in value.items():
        matching(ANNOTATION)(name, where)
        need(not name.startswith("openslo.com/"), where, "is reserved")
        text(least=0)(told, f"{where}.{name}")


def metadata(value, where):
    fields(value, where, name=(REQUIRED, matching(NAME)), displayName=(OPTIONAL, text(63)),
           labels=(OPTIONAL, labels), annotations=(OPTIONAL, annotations))  # fmt: skip


DESCRIPTION = (OPTIONAL, text(1050, least=0))


def metric(value, where):
    def source(value, where):
        fields(value, where, metricSourceRef=(OPTIONAL, matching(NAME)), type=(OPTIONAL, text()),
               spec=(REQUIRED, filled))  # fmt: skip
        need("metricSourceRef" in value or "type" in value, where, "names neither source nor type")

    fields(value, where, metricSource=(REQUIRED, source))


def ratio(value, where):
    parts = dict.fromkeys(("good", "bad", "total", "raw"), (OPTIONAL, metric))
    fields(value, where, counter=(OPTIONAL, boolean), rawType=(OPTIONAL, one_of("success", "failure")), **parts)
    need(("total" in value) != ("raw" in value), where, "either total or raw")
    need(("rawType" in value) == ("raw" in value), where, "rawType goes with raw")
    need(("good" in value) + ("bad" in value) == ("total" in value), where, "good or bad goes with total")


def sli(value, where):
    fields(value, where, description=DESCRIPTION, thresholdMetric=(OPTIONAL, metric), ratioMetric=(OPTIONAL, ratio))
    need(("thresholdMetric" in value) != ("ratioMetric" in value), where, "either thresholdMetric or ratioMetric")


def window(value, where):
    fields(value, where, duration=(REQUIRED, matching(SPAN)), isRolling=(REQUIRED, boolean),
           calendar=(OPTIONAL, anything))  # fmt: skip
    need(value["isRolling"] != ("calendar" in value), where, "rolling, or of the calendar")


def objective(value, where):
    fields(value, where, displayName=(OPTIONAL, text()), op=(OPTIONAL, one_of("lt", "lte", "gt", "gte")),
           value=(OPTIONAL, number(float("-inf"), float("inf"), high_in=True)),
           target=(OPTIONAL, number(0, 1, high_in=False)), targetPercent=(OPTIONAL, number(0, 100, high_in=False)),
           timeSliceTarget=(OPTIONAL, number(0, 1, high_in=True)),
           timeSliceWindow=(OPTIONAL, matching(SPAN)))  # fmt: skip
    need(("target" in value) != ("targetPercent" in value), where, "either target or targetPercent")


def referring(name):
    return lambda value, where: fields(value, where, **{name: (REQUIRED, matching(NAME))})


def slo(value, where):
    def indicator(value, where):
        fields(value, where, metadata=(REQUIRED, metadata), spec=(REQUIRED, sli))

    fields(value, where, description=DESCRIPTION, service=(REQUIRED, matching(NAME)), indicator=(OPTIONAL, indicator),
           indicatorRef=(OPTIONAL, matching(NAME)), timeWindow=(OPTIONAL, each(window, 1, 1)),
           budgetingMethod=(REQUIRED, one_of("Occurrences", "Timeslices")),
           objectives=(REQUIRED, each(objective, 1)),
           alertPolicies=(OPTIONAL, each(referring("alertPolicyRef"))))  # fmt: skip
    need(("indicator" in value) != ("indicatorRef" in value), where, "either indicator or indicatorRef")
    slices = value["budgetingMethod"] == "Timeslices"
    for one in value["objectives"]:
        need(("timeSliceTarget" in one) == slices == ("timeSliceWindow" in one), where, "time slices")
        ratios = "ratioMetric" in value.get("indicator", {}).get("spec", {})
        need(not (ratios and {"op", "value"} & set(one)), where, "op and value go with thresholdMetric")


def condition(value, where):
    def burn(value, where):
        fields(value, where, kind=(REQUIRED, one_of("burnrate")), op=(REQUIRED, one_of("lt", "lte", "gt", "gte")),
               threshold=(REQUIRED, number(0, float("inf"), high_in=False)),
               lookbackWindow=(REQUIRED, matching(SPAN)),
               alertAfter=(REQUIRED, after))  # fmt: skip

    def after(value, where):  # a span is of at least one, but 0m is what the specification says that this defaults to
        need(value == "0m" or SPAN.fullmatch(value), where, f"{value!r} does not fit")

    fields(value, where, description=DESCRIPTION, severity=(REQUIRED, text()), condition=(REQUIRED, burn))


def policy(value, where):
    flags = {f"alertWhen{name}": (REQUIRED, boolean) for name in ("NoData", "Resolved", "Breaching")}
    fields(value, where, description=DESCRIPTION, conditions=(REQUIRED, each(referring("conditionRef"), 1, 1)),
           notificationTargets=(REQUIRED, each(referring("targetRef"), 1)), **flags)  # fmt: skip


SPECS = {
    "Service": lambda value, where: fields(value, where, description=DESCRIPTION),
    "SLO": slo,
    "SLI": sli,
    "DataSource": lambda value, where: fields(
        value, where, description=DESCRIPTION, type=(REQUIRED, text()), connectionDetails=(REQUIRED, anything)
    ),
    "AlertPolicy": policy,
    "AlertCondition": condition,
    "AlertNotificationTarget": lambda value, where: fields(
        value, where, description=DESCRIPTION, target=(REQUIRED, text())
    ),
}


def hold(documents):
    """Hold the documents of a file against the rules: each alone, their names, and where references lead."""
    names = set()
    for value in documents:
        where = f"{value.get('kind')} {value.get('metadata', {}).get('name')}"
        need(value.get("kind") in SPECS, where, "kind")
        fields(value, where, apiVersion=(REQUIRED, one_of("openslo/v1")), kind=(REQUIRED, text()),
               metadata=(REQUIRED, metadata), spec=(REQUIRED, SPECS[value["kind"]]))  # fmt: skip
        own = (value["kind"], value["metadata"]["name"])
        need(own not in names, where, "is there twice")
        names.add(own)
    for value in documents:
        for kind, name in references(value):
            need((kind, name) in names, value["metadata"]["name"], f"{kind} {name} is not in the file")


KINDS = {"metricSourceRef": "DataSource", "alertPolicyRef": "AlertPolicy", "conditionRef": "AlertCondition",
         "targetRef": "AlertNotificationTarget", "service": "Service", "indicatorRef": "SLI"}  # fmt: skip


def references(value):
    if isinstance(value, list):
        for one in value:
            yield from references(one)
    elif isinstance(value, dict):
        for name, told in value.items():
            if name in KINDS and isinstance(told, str):
                yield KINDS[name], told
            elif name != "annotations":
                yield from references(told)
