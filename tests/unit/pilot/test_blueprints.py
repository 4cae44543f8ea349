"""The blueprints that ship: sound documents, formulas in canonical spelling, templates that can be made."""

from decimal import Decimal

import pytest
import yaml

from bos.actions import blueprints, documents
from bos.actions.context import Context
from bos.auth.actor import Actor
from bos.home import Home
from bos.kpi import KpiSpec, parse, print_formula
from bos.kpi.definitions import bound_signals, specs
from bos.kpi.engine import evaluate
from bos.model.answers.documents import Blueprint
from bos.model.fields import FIELDS
from bos.model.kinds import model_of
from bos.model.outcomes import Outcome
from bos.model.ownership import accountable
from bos.model.paths import flatten
from bos.resources import share
from bos.settings import Settings
from bos.store.engine import make_engine
from bos.telemetry.ingest import import_events
from bos.telemetry.lake import Lake
from bos.validate import validate

NAMES = ("loan-application", "loan-payment-processing")
APPLICATION_KPIS = [
    "submitted", "declined", "cancelled", "approved", "undecided", "approved_within_14_days",
    "median_submit_to_approve", "amount_requested", "amount_approved", "four_eyes_breaches",
]  # fmt: skip
APPLICATION_FIGURES = [
    13_087, 7_635, 2_807, 2_246, 399, 1_086, 1_247_325.9335, Decimal("177634511.00"), Decimal("35290338.00"), 50,
]  # fmt: skip
PAYMENT_EVENTS = [
    "due", "initiated", "received", "matched", "unmatched", "authorised", "settled", "returned", "retried",
    "allocated", "partial_held", "posted", "reversed", "reconciled", "notified", "complaint_opened",
]  # fmt: skip
HOLIDAYS = [
    "2026-01-01", "2026-01-19", "2026-02-16", "2026-05-25", "2026-06-19", "2026-09-07", "2026-10-12", "2026-11-11",
    "2026-11-26", "2026-12-25", "2027-01-01", "2027-01-18", "2027-02-15", "2027-05-31", "2027-07-05", "2027-09-06",
    "2027-10-11", "2027-11-11", "2027-11-25",
]  # fmt: skip
"""As the Federal Reserve lists them (K.8); those on a Saturday close no working day."""
MARY = Actor("mary", "Mary", roles=frozenset({"process_owner"}))


class Shipped:
    """A blueprint with every field of its documents present."""

    def __init__(self, name):
        text = (share("data") / "blueprints" / f"{name}.yaml").read_text(encoding="utf-8")
        self.blueprint = Blueprint.model_validate(yaml.safe_load(text))
        self.template = self.full("template", self.blueprint.template)
        self.others = {("signal", one["id"]): self.full("signal", one) for one in self.blueprint.signals}
        self.others |= {("calendar", one["id"]): self.full("calendar", one) for one in self.blueprint.calendars}
        self.others |= {("cost_rule", one["id"]): self.full("cost_rule", one) for one in self.blueprint.cost_rules}

    @staticmethod
    def full(kind, content):
        return model_of(kind).model_validate(content).data()

    def resolve(self, kind, id_):
        return self.others.get((kind, id_))

    def signal(self, use):
        return self.others["signal", use["signal"]]


@pytest.fixture(scope="module", params=NAMES)
def shipped(request):
    return Shipped(request.param)


@pytest.fixture(scope="module")
def application():
    return Shipped("loan-application")


@pytest.fixture(scope="module")
def payments():
    return Shipped("loan-payment-processing")


@pytest.fixture
def ctx(store_url, tmp_path):
    engine = make_engine(store_url)
    yield Context(Settings.load(home=tmp_path, env={}), Home(tmp_path), engine, Lake(tmp_path / "lake"))
    engine.dispose()


def test_every_document_is_valid_and_asks_for_no_attention(shipped):
    documents_ = [*shipped.others.items(), (("template", shipped.template["id"]), shipped.template)]
    found = {key: validate(key[0], content, shipped.resolve) for key, content in documents_}
    assert {key: problems for key, problems in found.items() if problems} == {}


def test_a_blueprint_brings_exactly_the_documents_its_template_names(shipped):
    template = shipped.template
    uses = [*template["process_signals"], *template["system_signals"]]
    named = {("signal", use["signal"]) for use in uses}
    calendars = {template["flow"]["calendar"], *(step["calendar"] for step in template["flow"]["steps"])} - {None}
    rules = {outcome["cost_rule"] for outcome in template["outcomes"]} - {None}
    expected = named | {("calendar", one) for one in calendars} | {("cost_rule", one) for one in rules}
    assert set(shipped.others) == expected


def test_every_formula_is_in_its_canonical_spelling(shipped):
    formulas = [outcome["measure"]["formula"] for outcome in shipped.template["outcomes"]]
    assert [print_formula(parse(formula)) for formula in formulas] == formulas


def test_every_kpi_says_what_it_tells_and_where_it_comes_from(shipped):
    for outcome in shipped.template["outcomes"]:
        kpi = Outcome.model_validate(outcome)
        assert len(kpi.description) > 50, kpi.id
        assert kpi.source, kpi.id


def test_every_field_has_an_accountable_role(shipped):
    paths = flatten("template", shipped.template)
    assert [path for path in paths if accountable(shipped.template, path) is None] == []
    assert len(paths) > len(FIELDS["template"])


def test_the_flows_have_branches_and_loops(shipped):
    edges = [(edge["source"], edge["target"]) for edge in shipped.template["flow"]["edges"]]
    assert len(edges) == len(set(edges))
    leaving = [source for source, _ in edges]
    assert any(leaving.count(step) > 1 for step in leaving)
    assert any(_reaches(edges, target, source) for source, target in edges)


def _reaches(edges, start, end):
    seen, ahead = set(), [start]
    while ahead:
        here = ahead.pop()
        if here == end:
            return True
        if here not in seen:
            seen.add(here)
            ahead += [target for source, target in edges if source == here]
    return False


def test_the_application_flow_has_its_ten_kpis_and_its_24_activities(application):
    assert [outcome["id"] for outcome in application.template["outcomes"]] == APPLICATION_KPIS
    events = [application.signal(use)["binding"]["event"] for use in application.template["process_signals"]]
    assert len(set(events)) == 24
    assert {event[:2] for event in events} == {"A_", "O_", "W_"}


def test_the_payment_flow_has_its_16_events_with_loan_channel_and_source(payments):
    uses = payments.template["process_signals"]
    assert [use["id"] for use in uses] == PAYMENT_EVENTS
    for use in uses:
        binding = payments.signal(use)["binding"]
        assert binding["event"] == use["signal"] == f"payment.{use['id']}"
        assert {"loan_id", "loan_type", "channel", "source_system"} <= {field["id"] for field in binding["fields"]}


def test_every_field_of_a_payment_signal_is_in_the_mapping(payments):
    mapped = {key.removeprefix("attr.") for key in payments.template["binding"]["mapping"] if key.startswith("attr.")}
    natives = {f["native"] for use in payments.template["process_signals"] for f in _fields(payments, use)}
    assert natives == mapped


def _fields(shipped, use):
    return shipped.signal(use)["binding"]["fields"]


def test_every_system_signal_has_a_unit_and_steps_it_can_break(payments):
    uses = payments.template["system_signals"]
    assert len(uses) == 18
    assert all(use["affects"] and payments.signal(use)["unit"] for use in uses)


def test_the_limits_of_the_return_rates_are_those_of_nacha(payments):
    limits = {
        outcome["id"]: (outcome["target"]["value"], outcome["measure"]["anchor"], outcome["measure"]["window"])
        for outcome in payments.template["outcomes"]
        if outcome["id"].endswith("_return_rate")
    }
    assert limits == {
        "overall_return_rate": (0.15, "initiated", "60 days"),
        "administrative_return_rate": (0.03, "initiated", "60 days"),
        "unauthorised_return_rate": (0.005, "initiated", "60 days"),
    }


def test_the_bank_is_closed_on_the_holidays_of_the_federal_reserve(payments):
    clock = payments.others["calendar", "bank-us"]["clock"]
    assert clock["holidays"] == HOLIDAYS
    assert (clock["time_zone"], clock["cut_off"]) == ("America/New_York", "17:00:00")


def test_templates_are_made_from_both_blueprints(ctx):
    for name in NAMES:
        shipped = Shipped(name)
        created = blueprints.create(ctx, MARY, name)
        assert len(created.others) == len(shipped.others)
        shown = documents.show(ctx, MARY, "template", name)
        assert shown.document == {**shipped.template, "blueprint": shown.document["blueprint"]}
        assert (shown.document["blueprint"]["name"], shown.document["blueprint"]["version"]) == (name, 1)
        # This bank has only Mary.
        assert {problem.code for problem in shown.attention} == {"role.nobody", "owner.nobody"}


@pytest.mark.data
@pytest.mark.full
def test_the_application_blueprint_reads_the_real_log_to_its_published_figures(application, real_data, tmp_path):
    lake, binding = Lake(tmp_path / "lake"), application.template["binding"]
    report = import_events(
        lake, "loans", real_data("bpi2012.xes.gz"), mapping=binding["mapping"], batch="one",
        rejects=tmp_path / "rejects", time_zone=binding["time_zone"], currency=binding["currency"],
    )  # fmt: skip
    assert (report.added, report.rejected) == (262_200, 0)
    signals = bound_signals(application.template, application.resolve)
    rows = evaluate(lake.snapshot("loans"), specs(application.template), signals)
    assert {row.kpi: row.value for row in rows} == dict(zip(APPLICATION_KPIS, APPLICATION_FIGURES, strict=True))
    counts = [KpiSpec(name, f"count({name})") for name in signals]
    assert sum(row.value for row in evaluate(lake.snapshot("loans"), counts, signals)) == 262_200
