"""A fault of BOS itself, over each transport: a number for whoever runs it, and nothing of its inside."""

from __future__ import annotations

import os
from contextlib import contextmanager

import psycopg
import pytest

from bos.errors import Internal


@contextmanager
def without_a_table(name):
    """Take a table away for a while: no part of BOS expects that."""
    url = os.environ["BOS_DATABASE_URL"]
    with psycopg.connect(url.replace("postgresql+psycopg:", "postgresql:"), autocommit=True) as connection:
        connection.execute(f"ALTER TABLE {name} RENAME TO away")
        try:
            yield
        finally:
            connection.execute(f"ALTER TABLE away RENAME TO {name}")


def test_an_unexpected_fault_is_told_by_a_number_and_shows_nothing_of_the_inside(wb):
    wb.me()
    with without_a_table("journal"), pytest.raises(Internal) as caught:
        list(wb.audit_entries())
    told = f"{caught.value} {caught.value.details}"
    assert caught.value.details["incident"] in caught.value.hint
    assert all(word not in told for word in ("journal", "SELECT", "psycopg", "Traceback", ".py"))


def test_a_write_that_fails_leaves_nothing_and_the_next_one_is_done(wb):
    with without_a_table("journal"), pytest.raises(Internal):
        wb.calendars.put("failed", {"title": "One"}, rationale="First.")
    assert "failed" not in {row.id for row in wb.calendars.list()}
    assert wb.calendars.put("failed", {"title": "One"}, rationale="First.").version == 1


def test_an_export_that_fails_leaves_no_file(wb, tmp_path):
    with without_a_table("journal"), pytest.raises(Internal):
        wb.audit_export(tmp_path / "journal.jsonl")
    assert list(tmp_path.iterdir()) == []
    assert wb.audit_export(tmp_path / "journal.jsonl") == wb.audit_verify().entries
