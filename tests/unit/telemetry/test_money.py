"""Money: exact or rejected, with its currency, never by way of a floating number."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bos.errors import UsageError
from bos.telemetry import values
from bos.telemetry.values import parse_amounts

MAPPING = {"case": "case", "step": "step", "time": "time", "amount": "amount"}
HEAD = "case,step,time,amount,currency\n"
TIME = "2026-01-31T10:00:00Z"


def rows(*amounts):
    return HEAD + "".join(f'c{i},a,{TIME},"{amount}",\n' for i, amount in enumerate(amounts))


def test_amounts_are_taken_to_the_cent_and_others_are_rejected_with_the_reason(bench):
    report = bench.events(
        rows("0.1", "-9999999999999999.99", "10.500", "1.005", "10000000000000000", "1,5", "€5", "NaN", ""), MAPPING
    )
    assert report.reasons == {values.TOO_FINE: 1, values.TOO_LARGE: 1, values.NOT_AN_AMOUNT: 3}
    assert bench.query("select amount from lake order by case_id") == [
        (Decimal("0.10"),),
        (Decimal("-9999999999999999.99"),),
        (Decimal("10.50"),),
        (None,),
    ]


@given(st.lists(st.decimals(min_value=-(10**17), max_value=10**17, places=4), min_size=1, max_size=8))
def test_an_amount_is_exact_or_has_a_reason(amounts):
    parsed = parse_amounts(pa.array([f"{amount:f}" for amount in amounts]))
    reasons = parsed.reasons.to_pylist() if parsed.reasons is not None else [None] * len(amounts)
    for amount, value, reason in zip(amounts, parsed.values.to_pylist(), reasons, strict=True):
        fits = abs(amount) < 10**16 and amount == amount.quantize(Decimal("0.01"))
        assert (value == amount and reason is None) if fits else reason in {values.TOO_FINE, values.TOO_LARGE}


@given(st.text(alphabet="0123456789.eE+- _٣", max_size=12))
def test_any_text_is_an_exact_amount_or_has_a_reason(text):
    parsed = parse_amounts(pa.array([text, "1"]))
    if parsed.reasons is None or parsed.reasons[0].as_py() is None:
        assert parsed.values[0].as_py() == Decimal(text)


def test_the_assumed_currency_fills_only_amounts_that_have_none(bench):
    content = f"{HEAD}1,a,{TIME},5,USD\n2,a,{TIME},5,\n3,a,{TIME},,\n4,a,{TIME},5,eur\n5,a,{TIME},5,XXX\n"
    report = bench.events(content, {**MAPPING, "currency": "currency"}, currency="EUR")
    assert report.reasons == {values.NOT_A_CURRENCY: 2}
    assert bench.query("select case_id, currency from lake order by 1") == [("1", "USD"), ("2", "EUR"), ("3", None)]
    with pytest.raises(UsageError, match="no currency"):
        bench.events(content, MAPPING, currency="Euro")


def test_parquet_amounts_keep_every_digit_and_a_floating_one_is_taken_by_its_shortest_spelling(bench):
    table = pa.table({"case": ["1", "2"], "step": ["a", "a"], "time": pa.array([0, 1], pa.timestamp("us", "UTC"))})
    exact = table.append_column("amount", pa.array([Decimal("0.10"), Decimal("9999999999999999.99")]))
    floating = table.append_column("amount", pa.array([0.1, 0.1 + 0.2]))
    for name, part in (("exact", exact), ("floating", floating)):
        pq.write_table(part, bench.folder / f"{name}.parquet")
    assert bench.events(bench.folder / "exact.parquet", MAPPING).added == 2
    report = bench.events(bench.folder / "floating.parquet", MAPPING, flow="other")
    assert (report.added, report.reasons) == (1, {values.TOO_FINE: 1})
    assert bench.query("select max(amount) from lake") == [(Decimal("9999999999999999.99"),)]


def test_effective_dates_are_dates_as_written(bench):
    content = f"case,step,time,eff\n1,a,{TIME},2026-02-28\n2,a,{TIME},2026-01-31T23:30:00-05:00\n3,a,{TIME},soon\n"
    report = bench.events(content, {"case": "case", "step": "step", "time": "time", "effective_date": "eff"})
    assert report.reasons == {values.NOT_A_DATE: 1}
    assert [str(day) for (day,) in bench.query("select effective_date from lake order by case_id")] == [
        "2026-02-28",
        "2026-01-31",
    ]
