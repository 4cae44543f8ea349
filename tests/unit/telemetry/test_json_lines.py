"""JSON lines become CSV; what UTF-8 cannot say costs its row alone."""

import pytest

from bos.telemetry import raw
from bos.telemetry.json_lines import as_csv, json_lines

LINE = '{"case": "%s", "step": "a", "time": "2026-01-31T10:00:00Z", "more": "%s"}'


@pytest.mark.parametrize(
    ("case", "more", "rejected"), [("\\ud800", "x", 1), ("2", "\\udfff", 0), ("\\ud83d\\ude00", "x", 0)]
)
def test_half_a_character_costs_its_row_where_it_is_read(bench, tmp_path, case, more, rejected):
    source, file = tmp_path / "a.jsonl", tmp_path / "rows"
    source.write_text(f"{LINE % ('1', 'x')}\n{LINE % (case, more)}\n")
    assert as_csv(lambda: json_lines(source, name="a.jsonl"), file) == 2
    report = bench.events(file.read_bytes())
    assert (report.added, report.rejected) == (2 - rejected, rejected)
    assert report.reasons == ({raw.NOT_UTF8: 1} if rejected else {})
