"""Memory does not grow with the file: the real log, and the same ten times under new case ids."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys

import pytest

CHILD = """
import json, resource, sys
from pathlib import Path
from bos.telemetry.ingest import import_events
from bos.telemetry.lake import Lake
root, source = sys.argv[1:]
report = import_events(Lake(root), "loan", Path(source), mapping={"amount": "case:AMOUNT_REQ"}, currency="EUR",
                       batch="b", rejects=Path(root) / "rejects")
print(json.dumps([report.added, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss]))
"""


def repeat_log(source, target, times):
    """Write the log ``times`` over, each time under new case ids."""
    with gzip.open(source) as stream:
        text = stream.read()
    start, end = text.index(b"<trace>"), text.rindex(b"</log>")
    name = re.compile(rb'(<trace>(?:(?!<event>).)*?<string key="concept:name" value=")', re.DOTALL)
    with gzip.open(target, "wb", compresslevel=1) as stream:
        stream.write(text[:start])
        for number in range(times):
            stream.write(name.sub(rb"\g<1>%d-" % number, text[start:end]))
        stream.write(text[end:])


def run(root, source):
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(root), str(source)], check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout)


@pytest.mark.full
@pytest.mark.data
def test_ten_times_the_events_take_at_most_a_fifth_more_memory(tmp_path, real_data):
    source = real_data("bpi2012.xes.gz")
    large = tmp_path / "ten.xes.gz"
    repeat_log(source, large, 10)
    added, once = run(tmp_path / "one", source)
    assert added == 262_200
    added, ten = run(tmp_path / "ten", large)
    assert added == 2_622_000
    assert ten <= 1.2 * once, f"{once} KiB once, {ten} KiB for ten times the events"
