"""A file of a folder whose events lie far in the future says so, as an import does."""

from bos.actions import taken
from bos.model.standing import account
from tests.unit.actions.jobs.watched import SAM


def test_events_far_ahead_are_told_with_the_file_that_brought_them(watched):
    watched.save()
    watched.put("a.csv", "c1,opened,2026-01-01T10:00:00Z", "c2,opened,9999-12-31T10:00:00Z")
    (file,) = watched.look().result["files"]
    assert (file["added"], file["ahead"], file["farthest"]) == (2, 1, "9999-12-31T10:00:00Z")
    (one,) = taken.listing(watched.ctx, SAM, watched.flow, connection=None, limit=10).items
    assert (one.ahead, one.farthest.year) == (1, 9999)
    assert "1 row lies in the future, the latest 31 Dec 9999 10:00 UTC" in account(one)
    watched.put("b.csv", "c3,opened,2026-01-01T10:00:00Z")
    assert [row["ahead"] for row in watched.look().result["files"]] == [0, 0]
