"""Files that are broken, hostile or not what they say: a clear message, and nothing in the lake."""

from __future__ import annotations

import gzip

import pytest

from bos.errors import Cancelled, InputError, UsageError
from bos.telemetry import csv_file, normalise, raw

T = "2026-01-31T10:00:00Z"
GOOD = f"case,step,time\n1,a,{T}\n2,b,{T}\n"
XES = b'<log><trace><string key="concept:name" value="1"/><event>%s</event></trace></log>'
EVENT = f'<string key="concept:name" value="a"/><date key="time:timestamp" value="{T}"/>'.encode()
BOMB = (
    b'<!DOCTYPE log [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>'
)
LOOP = b'<!DOCTYPE log [<!ENTITY x "&y;"><!ENTITY y "&x;">]>'
OUTSIDE = b'<!DOCTYPE log [<!ENTITY x SYSTEM "file:///etc/hostname">]>'


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "empty"),
        ("a.csv", b"case,step,time\n", "no rows"),
        ("a.csv", b"\n\n\n", "no header"),
        ("a.csv", GOOD.encode("utf-16"), "UTF-16"),
        ("a.csv", GOOD.replace(",", ":").encode(), "no column 'case', 'step', 'time'"),
        ("a.csv", b"case,step,time,case\n1,a,2026-01-31T10:00:00Z,1\n", "twice"),
        ("a.csv.gz", gzip.compress(GOOD.encode() * 2000, mtime=0)[:-20], "ends too early"),
        ("a.csv.gz", gzip.compress(GOOD.encode(), mtime=0)[:-8] + b"x" * 8, "damaged"),
        ("a.csv", b"\x00" * 5000, "no UTF-8 text"),
        ("a.csv", b"\xef\xbb\xbf", "no header"),
        ("a.csv", GOOD.encode("utf-16-le"), "no UTF-8 text"),
        ("a.csv", GOOD.encode("utf-32"), "UTF-32"),
        ("a.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)), "no UTF-8 text"),
        ("a.csv", b"PK\x03\x04\x14\x00\x06\x00" + bytes(range(256)), "a workbook or a ZIP archive"),
        ("a.csv", b"PAR1" + bytes(range(256)), "a Parquet file"),
        ("a.csv", GOOD.replace("step", "Schrittfähigkeit").encode("latin-1"), "no UTF-8 text"),
        ("a.csv", b"case,step," + b"x" * 2_000_000, "longer than a header"),
        ("a.csv", b'case,step,"time\n' + b"1,a,b\n" * 200, "quote that does not close"),
        ("a.parquet", b"PAR1 this is none", "no Parquet"),
        ("a.xes", b"case,step,time", "XML is broken"),
        ("a.xes", XES[:60], "XML is broken"),
        ("a.xes", b"<log></log>", "no events"),
        ("a.xes", BOMB + XES % EVENT.replace(b'"a"', b'"&c;"'), "document type"),
        ("a.xes", OUTSIDE + XES % EVENT, "document type"),
        ("a.xes", OUTSIDE + XES % EVENT.replace(b'"a"', b'"&x;"'), "document type"),
        ("a.xes", OUTSIDE + XES % (b"&x;" + EVENT), "document type"),
        ("a.xes", b"<?xml version='1.0'?>\n<!-- a -->" + LOOP + XES % EVENT.replace(b'"a"', b'"&x;"'), "document type"),
        ("a.xes", (OUTSIDE + XES % EVENT.replace(b'"a"', b'"&x;"')).decode().encode("utf-16"), "document type"),
        ("a.xes", b"<!-- <!DOCTYPE log> --><log><trace>", "XML is broken"),
        ("a.xes.gz", gzip.compress(XES % EVENT, mtime=0)[:-9], "ends too early"),
    ],
)
def test_a_file_that_cannot_be_read_adds_nothing(bench, name, content, message):
    mapping = {} if ".xes" in name else {"case": "case", "step": "step", "time": "time"}
    with pytest.raises(InputError, match=message):
        bench.events(bench.file(content, name), mapping)
    assert bench.lake.snapshot("loan").version == 0
    assert bench.leftovers() == []
    assert not list(bench.lake.root.glob("**/*.parquet"))


def test_missing_columns_are_named_beside_those_that_exist(bench):
    with pytest.raises(InputError) as caught:
        bench.events(GOOD, {"case": "Case ID", "step": "step", "time": "time"})
    assert caught.value.message == "The file has no column 'Case ID'; its columns are 'case', 'step', 'time'."
    with pytest.raises(InputError, match=r"no column 'case:AMOUNT'; its columns are .*'concept:name'"):
        bench.events(bench.file(XES % EVENT, "a.xes"), {"amount": "case:AMOUNT"})


def test_a_missing_file_an_unknown_format_and_a_wrong_mapping_are_told(bench):
    with pytest.raises(InputError, match="No such file"):
        bench.events(bench.folder / "none.csv")
    with pytest.raises(InputError, match="directory"):
        bench.events(bench.folder, format="csv")
    with pytest.raises(UsageError, match="does not say which format"):
        bench.events(bench.file(GOOD, "log.dat"))
    with pytest.raises(UsageError, match="no format 'xml'"):
        bench.events(GOOD, format="xml")
    for mapping, message in [
        ({"case": "case", "step": "step"}, "does not say which column is time"),
        ({"case": "case", "step": "step", "time": "time", "who": "x"}, "no key 'who'"),
        ({"case": "", "step": "step", "time": "time"}, "no column for 'case'"),
    ]:
        with pytest.raises(UsageError, match=message):
            bench.events(GOOD, mapping)
    for wrong in ("../loan", "Loan", "", "a/b"):
        with pytest.raises(UsageError, match="no id of a flow"):
            bench.events(GOOD, flow=wrong)
    with pytest.raises(UsageError, match="no id of a batch"):
        bench.events(GOOD, batch="../b")


def test_a_file_of_which_no_row_is_right_adds_nothing_and_keeps_the_rows(bench):
    with pytest.raises(InputError, match=r"the case is missing \(2 rows\)") as caught:
        bench.events(f"case,step,time\n,a,{T}\n,b,{T}\n")
    assert bench.lake.snapshot("loan").version == 0
    assert caught.value.details["rejected"] == 2
    assert len((bench.rejects / "b1.csv").read_text().splitlines()) == 3


def test_rows_that_are_no_csv_are_rejected_one_by_one(bench):
    lines = [
        "case,step,time",
        f"1,a,{T}",
        "2,b",
        f'"3"x,b,{T}',
        "",
        f"4,\udcff,{T}",
        f"5,e,{T}",
        f'6,"f,{T}',
        f"7,g\0,{T}",
    ]
    lines += [f"8,h,{T},more", f"9,i,{T}"]
    report = bench.events("\n".join(lines).encode("utf-8", "surrogateescape"))
    assert (report.read, report.added) == (9, 3)
    assert [(r.row, r.reason) for r in report.reject_sample] == [
        (2, csv_file.WRONG_WIDTH),
        (3, csv_file.WRONG_QUOTES),
        (4, raw.NOT_UTF8),
        (6, csv_file.WRONG_QUOTES),
        (8, csv_file.WRONG_WIDTH),
        (7, raw.HAS_NUL),
    ]
    assert [row["row"] for row in bench.reject_rows(report)] == ["2", "3", "4", "6", "8", "7"]
    assert bench.query("select case_id from lake order by 1") == [("1",), ("5",), ("9",)]


def test_a_quote_that_never_closes_costs_one_line_and_not_the_rest(bench):
    rows = [f"{n},{'x' * 90},{T}" for n in range(30_000)]
    rows[7] = f'7,"inch,{T}'
    rows[20_000] = f'20000,"again,{T}'
    report = bench.events("case,step,time\n" + "\n".join(rows))
    assert (report.read, report.added) == (30_000, 29_998)
    assert [(r.row, r.reason) for r in report.reject_sample] == [
        (8, csv_file.WRONG_QUOTES),
        (20_001, csv_file.WRONG_QUOTES),
    ]
    assert "inch" in bench.reject_rows(report)[0]["raw"]


def test_quotes_that_open_on_every_line_are_given_up_in_time(bench, monkeypatch):
    monkeypatch.setattr(csv_file, "REREAD_LIMIT", 4 * csv_file.FIELD_LIMIT)
    report = bench.events(f"case,step,time\n1,a,{T}\n" + 'y",",\n' * 1_000_000)
    assert report.added == 1
    assert report.reasons.keys() == {csv_file.WRONG_QUOTES, csv_file.LINES_LOST}
    assert report.rejected < 100


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (f'case,step,time\n"1\n2","a ""q"" b",{T}\n', ("1\n2", 'a "q" b')),
        (f'case,step,time\r\n"1\r\n2","x,y",{T}\r\n', ("1\r\n2", "x,y")),
        (f'\ufeff\ufeff"case","step","time"\n1,a,{T}\n', ("1", "a")),
        (f"\n\r\ncase,step,time\n1,a,{T}\n", ("1", "a")),
        (f"\ufeffsep=;\r\ncase;step;time\r\n1;a;{T}\r\n", ("1", "a")),
        (f"case,step,time\n1,a,{T},,\n", ("1", "a")),
        (f"case,step,time,\n1,a,{T},\n", ("1", "a")),
        (f'"case","step","amount\n(USD)",time\n1,a,5,{T}\n', ("1", "a")),
        (f"case,step,time\r1,a,{T}\r", ("1", "a")),
        (f'case,step,time\n1,5" b,{T}', ("1", '5" b')),
    ],
)
def test_odd_but_whole_files_are_read_as_they_are_meant(bench, content, expected):
    report = bench.events(content)
    assert (report.read, report.added, report.rejected) == (1, 1, 0)
    assert bench.query("select case_id, step from lake") == [expected]


def test_rows_of_another_encoding_are_rejected_and_say_what_to_do(bench):
    report = bench.events(f"case,step,time,café\n1,café,{T},é\n2,b,{T},\n".encode("latin-1"))
    assert report.reasons == {raw.NOT_UTF8: 1}
    assert "save the file, as UTF-8" in raw.NOT_UTF8
    assert bench.query("select case_id from lake") == [("2",)]


@pytest.mark.parametrize("column", range(4))
def test_a_row_with_a_nul_is_rejected_wherever_it_stands(bench, column):
    row = ["1", "a", T, "x"]
    row[column] += "\0"
    mapping = {"case": "case", "step": "step", "time": "time", "attr.more": "more"}
    report = bench.events(f"case,step,time,more\n{','.join(row)}\n2,b,{T},y\n3,c,{T},\n", mapping)
    assert (report.added, report.reasons) == (2, {raw.HAS_NUL: 1})
    assert bench.query("select case_id, attributes from lake order by 1") == [("2", [("more", "y")]), ("3", [])]
    assert "\\x00" in bench.reject_rows(report)[0]["raw"]


def test_a_point_with_a_nul_is_rejected(bench):
    mapping = {"time": "time", "value": "value", "signal": "signal", "label.host": "host"}
    points = f"time,value,signal,host\n{T},1,a\0,x\n{T},1,a,x\0\n{T},1,a,x\n"
    report = bench.metrics(points, mapping)
    assert (report.added, report.reasons) == (1, {raw.HAS_NUL: 2})


def test_what_is_no_text_is_named_with_what_to_do(bench):
    for content, hint in [(b"PK\x03\x04" + bytes(99), "save the sheet as CSV"), (b"\x00\x01" * 99, "CSV in UTF-8")]:
        with pytest.raises(InputError) as caught:
            bench.events(content)
        assert hint in caught.value.hint
        assert "\\x" not in caught.value.message


def test_a_huge_field_is_rejected_and_the_next_row_is_taken(bench):
    report = bench.events(f"case,step,time\n1,{'x' * (csv_file.FIELD_LIMIT + 9)},{T}\n2,b,{T}\n")
    assert (report.added, report.rejected) == (1, 1)


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_delimiter_the_mark_of_utf_8_and_windows_line_ends_are_understood(bench, mark):
    content = b"\xef\xbb\xbf" + GOOD.replace(",", mark).replace("\n", "\r\n").encode()
    assert bench.events(content).added == 2


def test_rejects_show_the_row_as_it_stood(bench):
    report = bench.events(f"case,step,time\n1,=cmd(),{T}\n1,,{T}\n")
    (row,) = bench.reject_rows(report)
    assert row == {
        "file": "log.csv",
        "row": "2",
        "reason": normalise.NO_STEP,
        "raw": '{"case": "1", "step": null, "time": "2026-01-31T10:00:00Z"}',
    }


@pytest.mark.parametrize("at", ["first", "last"])
def test_a_cancelled_import_leaves_nothing(bench, at):
    calls = []

    def progress(done, total=None, message=""):
        calls.append((done, total))
        if at == "first" or message.startswith("Committing"):
            raise Cancelled("The import was cancelled.")

    with pytest.raises(Cancelled):
        bench.events(GOOD, progress=progress)
    assert calls[0] == (0, len(GOOD))
    assert bench.lake.snapshot("loan").events == 0
    assert bench.leftovers() == []
    assert not list(bench.lake.root.glob("**/*.parquet"))
    assert bench.lake.batches("loan") == set()


def test_progress_counts_the_bytes_of_the_file(bench):
    told = []
    bench.events(GOOD, progress=lambda *state: told.append(state[:2]))
    assert (len(GOOD), len(GOOD)) in told
