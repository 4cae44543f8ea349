"""What people wrote is shown as text: it is no markup, and it does not steer a terminal."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pandas as pd
import pytest

from bos.client.documents import quoted
from bos.client.evaluation import Evaluation
from bos.client.listing import Listing
from bos.client.shown import SHOWN
from bos.model.answers.documents import Hit
from bos.model.answers.kpis import KpiRun, KpiValue, NoData

HOSTILE = ["<script>alert(1)</script>", "<img src=x onerror=a()>", "a & b", '" onload="x', "</td></table>"]
AT = datetime(2026, 1, 1, tzinfo=UTC)


def hits(*titles):
    return Listing(Hit(kind="signal", id=f"s{number}", title=title) for number, title in enumerate(titles))


def run(*values):
    return Evaluation(
        KpiRun(
            run="r1",
            flow="<b>loans",
            at=AT,
            author="ana",
            template_version=2,
            snapshot="loans@1",
            values=values,
            result_hash="0",
        )
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_a_table_in_a_notebook_is_text(text):
    shown = hits(text)._repr_html_()
    assert text not in shown
    assert shown.count("<td ") == shown.count("</td>")


@pytest.mark.parametrize("text", ["\x1b[31mred", "a\r\nb", "x\u202ey", "\x07", "\x9b2J", "\u2028"])
def test_a_table_in_a_terminal_has_no_control_characters(text):
    assert all(char.isprintable() or char == "\n" for char in repr(hits(text)))
    assert len(repr(hits(text)).splitlines()) == 2


def test_a_markup_of_terminals_stays_as_it_is_written():
    assert "[red]x[/red]" in repr(hits("[red]x[/red]"))


def test_a_long_list_says_how_much_more_there_is_and_an_empty_one_that_there_is_nothing():
    many = hits(*map(str, range(SHOWN + 7)))
    assert repr(many).endswith("… and 7 more")
    assert "… and 7 more" in many._repr_html_()
    assert repr(hits()) == "(nothing)"
    assert hits().df.empty


def test_the_values_of_an_evaluation_say_what_is_not_approved():
    held = {"state": "provisional", "waiting_for": ["data_steward"]}
    shown = run(KpiValue(kpi="late", value=3, unit="count", n=3, approval=held, snapshot="loans@1"))
    assert "provisional" in repr(shown)
    assert "provisional" in shown._repr_html_()
    assert "<b>" not in shown._repr_html_()
    assert list(shown.df["approval"]) == ["provisional"]


def test_dimensions_become_columns():
    shown = run(
        KpiValue(kpi="late", value=3, dimensions={"channel": "web"}, bucket_start=AT),
        KpiValue(kpi="late", value=None, withheld_reason="mixed currencies", dimensions={"channel": "<i>"}),
    )
    assert list(shown.df["channel"]) == ["web", "<i>"]
    assert str(shown.df["bucket_start"].dtype).endswith("UTC]")
    assert "<i>" not in shown._repr_html_()
    assert "mixed currencies" in repr(shown)
    with pytest.raises(KeyError, match="2 values"):
        shown["late"]


def test_a_number_with_many_digits_is_exact():
    shown = run(KpiValue(kpi="a", value="9999999999999999.99"), KpiValue(kpi="b", value="12345678901234567890"))
    assert shown["a"] == Decimal("9999999999999999.99")
    assert shown["b"] == 12345678901234567890
    assert isinstance(shown["b"], int)


@pytest.mark.parametrize("text", ["a/b", "../x", "a b?c#d", "ü", "%2e"])
def test_whatever_stands_in_an_id_stays_one_part_of_the_address(text):
    assert not set(quoted(text)) & set("/?# ")
    assert quoted(text)


@pytest.mark.parametrize("text", [*HOSTILE, "\x1b[31mred", "a\nb", "x\u202ey", "y" * 5000])
def test_a_single_answer_is_a_short_line_and_a_table_of_text(text):
    hit = Hit(kind="signal", id="s1", title=text, snippet=text, tags=(text,))
    line, table = repr(hit), hit._repr_html_()
    assert line.startswith("<Hit kind=signal id=s1 title=")
    assert len(line) < 300
    assert line.isprintable()
    assert str(hit) == line
    assert text not in table
    assert table.count("<tr><th>") == len(Hit.model_fields) == table.count("</td></tr>")
    assert len(table) < 5000


def test_an_answer_with_parts_shows_them_cut_in_its_table_and_leaves_them_out_of_its_line():
    value = KpiValue(kpi="late", value=3, dimensions={"channel": "<b>"}, bucket_start=AT, approval={"state": "held"})
    whole = run(*[value] * 100).run
    assert "values" not in repr(whole)
    assert "<run" not in repr(whole)
    assert "…" in whole._repr_html_()
    assert "2026-01-01T00:00:00+00:00" in value._repr_html_()
    assert "&lt;b&gt;" in value._repr_html_()


@pytest.mark.parametrize(
    ("told", "unit", "exact"),
    [
        (22.5, "USD", "22.50"),
        (12, "USD", "12.00"),
        (0.125, "USD", "0.125"),
        ("9" * 36, "USD", "9" * 36 + ".00"),
        ("1234567890123456.78", "EUR", "1234567890123456.78"),
        ("12345678901234567", "count", "12345678901234567"),
    ],
)
def test_money_keeps_every_digit_and_shows_its_cents(told, unit, exact):
    value = KpiValue(kpi="k", value=told, unit=unit, n=1)
    assert str(run(value)["k"]) == exact
    assert str(run(value).df["value"][0]) == exact
    assert str(run(value).arrow["value"][0].as_py()) == exact


def test_a_value_is_null_where_it_is_withheld_and_never_a_zero_or_nan():
    frame = run(KpiValue(kpi="a", value=None, unit="USD", withheld_reason="mixed"), KpiValue(kpi="b", value=0.0)).df
    assert frame["value"].isna().tolist() == [True, False]
    frame = run(KpiValue(kpi="a", value=None, unit="ratio", withheld_reason="mixed")).df
    assert (str(frame["value"].dtype), frame["value"][0] is pd.NA) == ("Float64", True)
    shown = repr(run(KpiValue(kpi="a", value=None, unit="USD", withheld_reason="Currencies are mixed.")))
    assert "a is withheld: Currencies are mixed." in shown


def test_a_table_tells_missing_events_from_nothing_that_happened():
    gone = NoData(signal="s", title="S", words="No data since 14 Feb 2026 12:00: S")
    shown = repr(run(KpiValue(kpi="a", unit="ratio", no_data=gone), KpiValue(kpi="b", unit="ratio")))
    rows = {line.split()[0]: line for line in shown.splitlines() if line.split()[:1] in (["a"], ["b"])}
    assert ("No data" in rows["a"], "No case" in rows["b"]) == (True, True)


def test_fields_of_events_keep_their_type_and_the_empty_text_is_not_null():
    frame = run(
        KpiValue(kpi="k", value=1, dimensions={"open": True, "channel": "", "mixed": 1}),
        KpiValue(kpi="k", value=1, dimensions={"open": None, "channel": None, "mixed": "x"}),
    ).df
    assert str(frame["open"].dtype) == "boolean"
    assert list(frame["open"].isna()) == [False, True]
    assert list(frame["channel"].isna()) == [False, True]
    assert frame["channel"][0] == ""
    assert list(frame["mixed"]) == ["1", "x"]


def test_what_is_withheld_names_its_buckets():
    weeks = [datetime(2026, 2, day, tzinfo=UTC) for day in (2, 9, 16, 23)]
    held = [KpiValue(kpi="a", unit="USD", bucket_start=week, withheld_reason="Mixed.") for week in weeks]
    found = run(*held, KpiValue(kpi="b", unit="USD", withheld_reason="Mixed."), KpiValue(kpi="c", value=1))
    assert found.withheld() == [
        ("a (buckets from 2026-02-02, 2026-02-09, 2026-02-16 and 1 more)", "Mixed."),
        ("b", "Mixed."),
    ]
    assert "a (buckets from 2026-02-02, 2026-02-09, 2026-02-16 and 1 more) is withheld: Mixed." in repr(found)
