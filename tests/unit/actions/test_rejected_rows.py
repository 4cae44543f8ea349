"""The file of rejected rows as it is handed out: harmless, and cell for cell what was kept."""

import csv
import io
import re
import unicodedata

import pytest

from bos.actions.rejected_rows import harmless
from bos.telemetry.rejects import Rejects


def handed(tmp_path, *raws, source="rows.csv"):
    """Keep rows as an import does, and return the cells of the file that is handed out, and its text."""
    rejects = Rejects(tmp_path / "kept.csv", source)
    rejects.extend((number, "why", raw) for number, raw in enumerate(raws, 1))
    rejects.close()
    with rejects.path.open(encoding="utf-8", newline="") as stream:
        text = b"".join(harmless(stream)).decode()
    return list(csv.reader(io.StringIO(text, newline=""))), text


def test_what_is_harmless_stays_as_it_was(tmp_path):
    raws = ('{"a": "x, \\"y\\""}', 'a,"b\nc', "", "tab\there", 'é "" ,', '"', "long " * 60_000)
    rows, _ = handed(tmp_path, *raws[:-1])
    assert rows[0] == ["file", "row", "reason", "raw"]
    assert rows[1:] == [["rows.csv", str(i), "why", raw] for i, raw in enumerate(raws[:-1], 1)]
    with (tmp_path / "long.csv").open("w+", encoding="utf-8", newline="") as stream:
        stream.write(f"rows.csv,1,why,{raws[-1]}\r\n")
        stream.seek(0)
        assert b"".join(harmless(stream)).decode() == f"rows.csv,1,why,{raws[-1]}\r\n"


@pytest.mark.parametrize("steering", ["\x1b[2J", "\x07", "\x9b2J", "\x7f", "\r", "\u202e", "\x00"])
def test_nothing_that_steers_a_terminal_is_handed_out(tmp_path, steering):
    rows, text = handed(tmp_path, f'"x{steering}y', f'{{"a": "{steering}"}}', source=f"n{steering}.csv")
    assert {char for char in text if unicodedata.category(char) in {"Cc", "Cf"}} <= {"\r", "\n"}
    assert text.count("\r") == text.count("\r\n") == 3
    spelt = f"\\u{ord(steering[0]):04x}{steering[1:]}"
    assert [row[3] for row in rows[1:]] == [f'"x{spelt}y', f'{{"a": "{spelt}"}}']
    assert rows[1][0] == f"n{spelt}.csv"


@pytest.mark.parametrize("formula", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "  =1", "\uff1d1"])
def test_no_cell_begins_as_a_formula_does(tmp_path, formula):
    rows, _ = handed(tmp_path, formula, f"a;{formula}", f"a\n{formula}", source=formula)
    for row in rows[1:]:
        for cell in (part for value in (row[0], row[3]) for part in re.split(r"[;\t\n]", value)):
            assert unicodedata.normalize("NFKC", cell.strip())[:1] not in {*"=+-@"}
    assert rows[1][3].replace("'", "") == formula.replace("'", "")
